package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func get(t *testing.T, handle http.HandlerFunc) (*http.Response, string, error) {
	t.Helper()
	server := httptest.NewServer(answerPanics(handle))
	defer server.Close()
	response, err := http.Get(server.URL)
	if err != nil {
		return nil, "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return response, string(body), err
}

func TestPanicBeforeTheAnswerIsA500(t *testing.T) {
	response, body, err := get(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "3")
		panic("no such luck")
	})
	if err != nil || response.StatusCode != http.StatusInternalServerError || strings.Contains(body, "luck") {
		t.Error(response, body, err)
	}
}

func TestPanicWithinTheAnswerBreaksItOff(t *testing.T) {
	_, body, err := get(t, func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "half of it")
		w.(http.Flusher).Flush()
		panic("no such luck")
	})
	if err == nil {
		t.Errorf("the caller takes %q for a whole answer", body)
	}
}

func TestWritersOfNetHTTPRemain(t *testing.T) {
	_, body, err := get(t, func(w http.ResponseWriter, r *http.Request) {
		w.(io.ReaderFrom).ReadFrom(strings.NewReader("read, "))
		w.(io.StringWriter).WriteString("written")
	})
	if err != nil || body != "read, written" {
		t.Error(body, err)
	}
}

func TestConnectionCanBeTakenOver(t *testing.T) {
	response, body, err := get(t, func(w http.ResponseWriter, r *http.Request) {
		connection, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		defer connection.Close()
		io.WriteString(connection, "HTTP/1.1 299 Mine\r\nContent-Length: 3\r\n\r\nraw")
	})
	if err != nil || response.StatusCode != 299 || body != "raw" {
		t.Error(response, body, err)
	}
}
