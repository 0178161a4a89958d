package function

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestHandleRepeatsTheBody(t *testing.T) {
	answer := httptest.NewRecorder()
	Handle(answer, httptest.NewRequest(http.MethodPost, "/", strings.NewReader("hello")))
	if answer.Code != http.StatusOK || answer.Body.String() != "Body: hello" {
		t.Errorf("got %d %q", answer.Code, answer.Body.String())
	}
}
