//go:build !linux

package bench

import "syscall"

func ends() *syscall.SysProcAttr { return nil }
