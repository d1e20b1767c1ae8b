package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"
)

// doctorPatience is how long anything on the network may take to answer.
const doctorPatience = 2 * time.Second

// ports looks whether the listeners' addresses are free, or held by a hub that
// answers.
func (d *doctor) ports(ctx context.Context) {
	c := d.config
	plain := func(answers func(context.Context, string, *tls.Config) error) func(context.Context, string) error {
		return func(ctx context.Context, address string) error { return answers(ctx, address, nil) }
	}
	d.port(ctx, "http.listen", c.HTTPListen, plain(hubAnswers))
	d.port(ctx, "http.tls.listen", c.HTTPS.Listen, d.overTLS("http.tls.cert", &c.HTTPS, hubAnswers))
	d.port(ctx, "mqtt.listen", c.MQTTListen, plain(brokerAnswers))
	broker := c.MQTTS
	if broker.Cert == "" {
		broker.Cert, broker.Key = c.HTTPS.Cert, c.HTTPS.Key
	}
	d.port(ctx, "mqtt.tls.listen", c.MQTTS.Listen, d.overTLS("mqtt.tls.cert", &broker, brokerAnswers))
}

// port looks at one address, unless it is none; answers says whether what holds it is a hub.
func (d *doctor) port(ctx context.Context, key, address string, answers func(context.Context, string) error) {
	if address == "" {
		return
	}
	set := "set " + key + " or " + envName(key)
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	switch {
	case err == nil:
		_ = l.Close()
		d.find(okay, key, "", "%s is free", address)
	case errors.Is(err, syscall.EACCES):
		d.find(fail, key, "Give the hub the right to (CAP_NET_BIND_SERVICE), or "+set+" to a port from 1024 on", "%s may not be listened on by this user", address)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		d.find(fail, key, "Choose one of them (ip addr lists them): "+set, "%s is no address of this machine", address)
	case !errors.Is(err, syscall.EADDRINUSE):
		d.find(fail, key, "Write another: "+set, "%v", err)
	default:
		if err := answers(ctx, reachable(address)); err != nil {
			d.find(fail, key, "Stop what uses it (ss -ltnp names it), or "+set, "%s is in use, and not by a hub that answers: %v", address, err)
			return
		}
		d.find(okay, key, "", "%s is held by a hub that answers", address)
	}
}

// hubAnswers asks whether a hub is there, and is ready; over TLS where trust is not
// nil.
func hubAnswers(ctx context.Context, address string, trust *tls.Config) error {
	ctx, cancel := context.WithTimeout(ctx, doctorPatience)
	defer cancel()
	scheme := "http://"
	if trust != nil {
		scheme = "https://"
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, scheme+address+"/readyz", http.NoBody)
	if err != nil {
		return err
	}
	client := clientOf(trust, nil, nil)
	defer client.CloseIdleConnections()
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return refused(res)
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, 64))
	if err == nil && string(body) != "ok\n" {
		err = errors.New("it does not say what hubs say")
	}
	return err
}

// connect opens a connection, with TLS where trust is not nil.
func connect(ctx context.Context, address string, trust *tls.Config) (net.Conn, error) {
	if trust != nil {
		return (&tls.Dialer{Config: trust}).DialContext(ctx, "tcp", address)
	}
	return new(net.Dialer).DialContext(ctx, "tcp", address)
}

// mqttHello is a CONNECT of MQTT 3.1.1 (3.1), with a client id of its own.
const mqttHello = "\x10\x19\x00\x04MQTT\x04\x02\x00\x0a\x00\x0dhubbub-doctor"

// brokerAnswers asks whether an MQTT broker is there: it answers with a CONNACK,
// whatever that says.
func brokerAnswers(ctx context.Context, address string, trust *tls.Config) error {
	ctx, cancel := context.WithTimeout(ctx, doctorPatience)
	defer cancel()
	conn, err := connect(ctx, address, trust)
	if err != nil {
		return err
	}
	defer conn.Close()
	deadline, _ := ctx.Deadline()
	if err := conn.SetDeadline(deadline); err != nil {
		return err
	}
	if _, err := io.WriteString(conn, mqttHello); err != nil {
		return err
	}
	connack := make([]byte, 4)
	if _, err := io.ReadFull(conn, connack); err != nil {
		return fmt.Errorf("it does not speak MQTT: %w", err)
	}
	if connack[0] != 0x20 {
		return errors.New("it does not speak MQTT")
	}
	_, err = io.WriteString(conn, "\xe0\x00") // DISCONNECT
	return err
}

// hosts looks whether the names that browsers are to use are known here.
func (d *doctor) hosts(ctx context.Context) {
	for _, host := range d.config.HTTPHosts {
		if net.ParseIP(strings.Trim(host, "[]")) != nil {
			continue
		}
		ctx, cancel := context.WithTimeout(ctx, doctorPatience)
		found, err := net.DefaultResolver.LookupHost(ctx, host)
		cancel()
		if err != nil {
			d.find(warn, "http.hosts", "Have the name point here, or take it out", "%s is not known to this machine: %v", host, err)
			continue
		}
		d.find(okay, "http.hosts", "", "%s is %s", host, strings.Join(found, ", "))
	}
}
