package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime/debug"
)

// answerPanics turns a panic of next into a 500 and writes its stack to stderr. An answer that has begun is broken off instead, so
// that the caller does not take it for a whole one.
func answerPanics(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := &answer{responseWriter: w.(responseWriter)}
		defer func() {
			cause := recover()
			if cause == nil {
				return
			}
			if cause == http.ErrAbortHandler {
				panic(cause)
			}
			fmt.Fprintf(os.Stderr, "%s %s: panic: %v\n%s", r.Method, r.URL.Path, cause, debug.Stack())
			if answer.begun {
				panic(http.ErrAbortHandler)
			}
			for name := range w.Header() {
				w.Header().Del(name)
			}
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusInternalServerError)
			io.WriteString(w, "{\"error\":\"the function failed\"}\n")
		}()
		next.ServeHTTP(answer, r)
	})
}

// responseWriter is what net/http gives to an HTTP/1.1 handler; wrapping it must not hide a part.
type responseWriter interface {
	http.ResponseWriter
	http.Flusher
	http.Hijacker
	io.ReaderFrom
	io.StringWriter
}

// answer remembers whether its final status is set.
type answer struct {
	responseWriter
	begun bool
}

// Unwrap is for http.ResponseController.
func (a *answer) Unwrap() http.ResponseWriter { return a.responseWriter }

func (a *answer) WriteHeader(status int) {
	if status >= 200 || status == http.StatusSwitchingProtocols {
		a.begun = true
	}
	a.responseWriter.WriteHeader(status)
}

func (a *answer) Write(data []byte) (int, error) {
	a.begun = true
	return a.responseWriter.Write(data)
}

func (a *answer) WriteString(data string) (int, error) {
	a.begun = true
	return a.responseWriter.WriteString(data)
}

func (a *answer) ReadFrom(source io.Reader) (int64, error) {
	a.begun = true
	return a.responseWriter.ReadFrom(source)
}

func (a *answer) Flush() {
	a.begun = true
	a.responseWriter.Flush()
}

func (a *answer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	a.begun = true
	return a.responseWriter.Hijack()
}
