package bench

import "syscall"

// ends has a server end with the tool that started it, however that ends.
func ends() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM} }
