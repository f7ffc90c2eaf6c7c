package openapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

// base is what all paths begin with.
const base = "/api/v1/livechat"

// file is the description, beside the checkout; it is the vendor's, and not part
// of this repository.
const file = "../../../../shared/reference/rocketchat-omnichannel.openapi.yaml"

// description is what the vendor says of the API.
type description struct {
	document *openapi3.T
	router   routers.Router
}

// read reads the description, or skips the test where there is none.
func read(t *testing.T) description {
	t.Helper()
	if _, err := os.Stat(file); errors.Is(err, os.ErrNotExist) {
		t.Skipf("NOT CHECKED: there is no description of Rocket.Chat's API at %s, seen from this folder", file)
	}
	document, err := openapi3.NewLoader().LoadFromFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := document.Validate(t.Context(), openapi3.DisableExamplesValidation()); err != nil {
		t.Fatalf("the description is none: %v", err)
	}
	document.Servers = openapi3.Servers{{URL: "/"}} // whatever server is asked
	router, err := gorillamux.NewRouter(document)
	if err != nil {
		t.Fatal(err)
	}
	return description{document, router}
}

// operations are all that is described, as "GET /room".
func (d description) operations() []string {
	var all []string
	for path, item := range d.document.Paths.Map() {
		for method := range item.Operations() {
			all = append(all, method+" "+strings.TrimPrefix(path, base))
		}
	}
	slices.Sort(all)
	return all
}

// exchange is one request and what was answered.
type exchange struct {
	request  *http.Request
	sent     []byte
	status   int
	header   http.Header
	received []byte
}

// recorder is a transport that keeps what passes.
type recorder struct {
	mutex sync.Mutex
	seen  []exchange
}

// RoundTrip implements http.RoundTripper.
func (r *recorder) RoundTrip(request *http.Request) (*http.Response, error) {
	var one exchange
	one.request = request.Clone(request.Context())
	if request.Body != nil {
		sent, err := io.ReadAll(request.Body)
		if err != nil {
			return nil, err
		}
		_ = request.Body.Close()
		one.sent = sent
		request.Body = io.NopCloser(bytes.NewReader(sent))
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	one.received, err = io.ReadAll(response.Body)
	_ = response.Body.Close()
	response.Body = io.NopCloser(bytes.NewReader(one.received))
	one.status, one.header = response.StatusCode, response.Header
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.seen = append(r.seen, one)
	return response, err
}

// CloseIdleConnections closes the connections that no call uses.
func (r *recorder) CloseIdleConnections() { http.DefaultClient.CloseIdleConnections() }

// take returns what has passed since it was last called.
func (r *recorder) take() []exchange {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	seen := r.seen
	r.seen = nil
	return seen
}

// findings are how an exchange differs from the description, each as "request:
// ..." or "answer 200: ...". operation is "" when nothing like it is described.
func (d description) findings(t *testing.T, one exchange) (operation string, found []string) {
	t.Helper()
	request := one.request.Clone(t.Context())
	request.Body = io.NopCloser(bytes.NewReader(one.sent))
	route, parameters, err := d.router.FindRoute(request)
	if err != nil {
		return "", nil
	}
	input := &openapi3filter.RequestValidationInput{
		Request: request, PathParams: parameters, Route: route,
		Options: &openapi3filter.Options{
			MultiError: true, IncludeResponseStatus: true, AuthenticationFunc: openapi3filter.NoopAuthenticationFunc,
		},
	}
	for _, problem := range flatten(openapi3filter.ValidateRequest(t.Context(), input)) {
		found = append(found, "request: "+problem)
	}
	for _, unknown := range undescribed(route, one) {
		found = append(found, "request: "+unknown)
	}
	answer := fmt.Sprintf("answer %d: ", one.status)
	for _, problem := range flatten(openapi3filter.ValidateResponse(t.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: one.status, Header: one.header, Body: io.NopCloser(bytes.NewReader(one.received)), Options: input.Options,
	})) {
		found = append(found, answer+problem)
	}
	slices.Sort(found)
	return route.Method + " " + strings.TrimPrefix(route.Path, base), slices.Compact(found)
}

// flatten turns an error into one line for each thing that is wrong.
func flatten(err error) []string {
	var several openapi3.MultiError
	var schema *openapi3.SchemaError
	var request *openapi3filter.RequestError
	var response *openapi3filter.ResponseError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &several):
		var all []string
		for _, one := range several {
			all = append(all, flatten(one)...)
		}
		return all
	case errors.As(err, &schema):
		return []string{where(schema.JSONPointer()) + " " + schema.Reason}
	case errors.As(err, &request) && request.Parameter != nil:
		return []string{fmt.Sprintf("%s parameter %s: %s", request.Parameter.In, request.Parameter.Name, reason(request.Reason, request.Err))}
	case errors.As(err, &request):
		return []string{reason(request.Reason, request.Err)}
	case errors.As(err, &response):
		return []string{reason(response.Reason, response.Err)}
	}
	return []string{err.Error()}
}

func reason(words string, err error) string {
	if err != nil {
		words = strings.TrimPrefix(words+": "+err.Error(), ": ")
	}
	return words
}

var index = regexp.MustCompile(`^\d+$`)

// where is a place in a document, as "visitor.phone.*".
func where(pointer []string) string {
	for i := range pointer {
		if index.MatchString(pointer[i]) {
			pointer[i] = "*"
		}
	}
	return strings.Join(pointer, ".")
}

// undescribed are the parameters of a query, and the keys of a body, that the
// description does not have. A validator lets them pass.
func undescribed(route *routers.Route, one exchange) []string {
	var found []string
	for key := range one.request.URL.Query() {
		if route.Operation.Parameters.GetByInAndName("query", key) == nil && route.PathItem.Parameters.GetByInAndName("query", key) == nil {
			found = append(found, "query parameter "+key+" is not described")
		}
	}
	body := route.Operation.RequestBody
	var sent any
	if json.Unmarshal(one.sent, &sent) != nil {
		return found // no JSON
	}
	if body == nil || body.Value.Content.Get("application/json") == nil {
		return append(found, "no body is described")
	}
	return append(found, unknownKeys(body.Value.Content.Get("application/json").Schema.Value, sent, nil)...)
}

func unknownKeys(schema *openapi3.Schema, value any, path []string) []string {
	var found []string
	switch value := value.(type) {
	case map[string]any:
		for key, inner := range value {
			at := append(slices.Clone(path), key)
			property := schema.Properties[key]
			if property == nil {
				found = append(found, strings.Join(at, ".")+" is not described")
				continue
			}
			found = append(found, unknownKeys(property.Value, inner, at)...)
		}
	case []any:
		for _, inner := range value {
			if schema.Items != nil {
				found = append(found, unknownKeys(schema.Items.Value, inner, append(slices.Clone(path), "*"))...)
			}
		}
	}
	return found
}
