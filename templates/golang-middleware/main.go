// Serves function.Handle on 127.0.0.1:8082 for the watchdog, which sets all limits of size and time.
package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	"handler/function"
)

func main() {
	server := &http.Server{
		Addr:           "127.0.0.1:8082",
		Handler:        answerPanics(http.HandlerFunc(function.Handle)),
		MaxHeaderBytes: 1 << 20, // what the watchdog lets through
	}
	terminated, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- server.ListenAndServe() }()
	select {
	case err := <-ended:
		fmt.Fprintln(os.Stderr, "cannot serve:", err)
		os.Exit(1)
	case <-terminated.Done():
	}
	// The watchdog ends the process if this takes longer than its write_timeout.
	if err := server.Shutdown(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "shutting down:", err)
		os.Exit(1)
	}
}
