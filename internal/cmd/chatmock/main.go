// Command chatmock serves the mocks of all chat systems on loopback.
//
// It prints lines that a shell can eval, credentials included, then "# ready".
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"github.com/chattenant/terraform-provider-chat/internal/mock/ethora"
	"github.com/chattenant/terraform-provider-chat/internal/mock/oichat"
	"github.com/chattenant/terraform-provider-chat/internal/mock/rocketchat"
	"github.com/chattenant/terraform-provider-chat/internal/mock/syarah"
	"github.com/chattenant/terraform-provider-chat/internal/mock/tegrabox"
)

// shutdownTime is how long open calls may take to finish at the end.
const shutdownTime = time.Second

// A system is one mock. Its port is the base port plus its place in the table.
type system struct {
	name  string
	start func() (server, []variable)
	urls  []string // environment variables of the base URL
}

// A server is a mock, as far as it matters here.
type server interface {
	http.Handler
	SetLatency(latency time.Duration)
	Keep(path string) error
}

// A variable is one line of the environment that is printed.
type variable struct{ name, value string }

// systems lists the mocks in the order of their ports.
var systems = []system{
	{name: "ethora", start: startEthora, urls: []string{"ETHORA_CHAT_API_URL"}},
	{name: "oichat", start: startOiChat, urls: []string{"OICHAT_BASE_URL"}},
	{name: "tegrabox", start: startTegraBox, urls: []string{"TEGRABOX_BASE_URL"}},
	{name: "rocketchat", start: startRocketChat, urls: []string{"ROCKETCHAT_URL"}},
	{name: "syarah", start: startSyarah, urls: []string{"SYARAH_GATEWAY_URL", "SYARAH_BACKEND_URL"}},
}

func startEthora() (server, []variable) {
	server := ethora.New(ethora.Options{})
	return server, []variable{
		{"ETHORA_CHAT_APP_ID", server.AppID()},
		{"ETHORA_CHAT_APP_SECRET", server.AppSecret()},
	}
}

func startOiChat() (server, []variable) {
	server := oichat.New(oichat.Options{})
	return server, []variable{
		{"OICHAT_API_KEY", server.APIKey()},
		{"OICHAT_SECRET_KEY", server.SecretKey()},
		{"OICHAT_PROJECT_ID", server.ProjectID()},
	}
}

func startTegraBox() (server, []variable) {
	server := tegrabox.New(tegrabox.Options{})
	return server, []variable{{"TEGRABOX_API_KEY", server.APIKey()}}
}

func startRocketChat() (server, []variable) {
	server := rocketchat.New(rocketchat.Options{})
	return server, []variable{
		{"ROCKETCHAT_AUTH_TOKEN", server.AdminToken()},
		{"ROCKETCHAT_USER_ID", server.AdminUserID()},
	}
}

func startSyarah() (server, []variable) {
	server := syarah.New(syarah.Options{})
	return server, []variable{
		{"SYARAH_USER_ID", server.UserID()},
		{"SYARAH_ACCESS_TOKEN", server.AccessToken()},
	}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdin, os.Stdout)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "chatmock:", err)
		os.Exit(1)
	}
}

// options are the command line.
type options struct {
	host     string
	portBase int
	data     string
	latency  time.Duration
	untilEOF bool
}

// parse reads the command line. After -h, which prints the flags, the error is
// flag.ErrHelp.
func parse(arguments []string, out io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("chatmock", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // errors are printed once, by main
	flags.StringVar(&o.host, "host", "127.0.0.1", "loopback `address` to listen on")
	flags.IntVar(&o.portBase, "port-base", 8101, "`port` of the first system, the next one has the next port; 0 picks free ports")
	flags.StringVar(&o.data, "data", "", "`file` that keeps the data across runs; each system adds its name")
	flags.DurationVar(&o.latency, "latency", 0, "`delay` of every answer")
	flags.BoolVar(&o.untilEOF, "until-eof", false, "stop when standard input ends, as a pipe does when the program that holds it is gone; SIGINT is ignored then")
	if err := flags.Parse(arguments); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			flags.SetOutput(out)
			flags.PrintDefaults()
		}
		return o, err
	}
	switch {
	case flags.NArg() > 0:
		return o, fmt.Errorf("%q is not a flag, and chatmock takes nothing else", flags.Arg(0))
	case !isLoopback(o.host):
		return o, fmt.Errorf("-host %s is not a loopback address; the mocks hold well-known credentials and must not be reachable from outside", o.host)
	case o.portBase < 0 || o.portBase+len(systems) > 65536:
		return o, fmt.Errorf("-port-base %d leaves no room for %d ports", o.portBase, len(systems))
	case o.latency < 0:
		return o, fmt.Errorf("-latency %s is negative", o.latency)
	}
	return o, nil
}

func isLoopback(host string) bool {
	address := net.ParseIP(host)
	return host == "localhost" || address != nil && address.IsLoopback()
}

// run serves all systems until the context ends, or with -until-eof the input.
func run(ctx context.Context, arguments []string, in io.Reader, out io.Writer) error {
	o, err := parse(arguments, out)
	if err != nil {
		return err
	}
	if o.untilEOF {
		// A terminal sends it to all programs. The one that holds the pipe
		// says when the server has served.
		signal.Ignore(os.Interrupt)
		ctx = untilEOF(ctx, in)
	}
	group := &group{failed: make(chan error, len(systems))}
	defer group.close()
	for i, system := range systems {
		variables, err := group.start(ctx, system, o, i)
		if err != nil {
			return fmt.Errorf("starting the mock of %s: %w", system.name, err)
		}
		for _, v := range variables {
			fmt.Fprintf(out, "export %s=%s\n", v.name, v.value)
		}
	}
	fmt.Fprintln(out, "# ready")
	select {
	case <-ctx.Done():
		return nil
	case err := <-group.failed:
		return err
	}
}

// untilEOF returns a context that ends with the input. Its goroutine reads
// until then, even when the context has ended before.
func untilEOF(ctx context.Context, in io.Reader) context.Context {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		defer cancel()
		_, _ = io.Copy(io.Discard, in)
	}()
	return ctx
}

// A group is the running servers.
type group struct {
	servers []*http.Server
	failed  chan error
}

// start brings one system up and returns its environment.
func (g *group) start(ctx context.Context, system system, o options, place int) ([]variable, error) {
	mock, variables := system.start()
	mock.SetLatency(o.latency)
	port := 0
	if o.portBase > 0 {
		port = o.portBase + place
	}
	var listening net.ListenConfig
	listener, err := listening.Listen(ctx, "tcp", net.JoinHostPort(o.host, strconv.Itoa(port)))
	if err != nil {
		return nil, fmt.Errorf("%w. Choose other ports with -port-base, or let 0 pick free ones", err)
	}
	// Only now: a data file belongs to the process that got the port.
	if o.data != "" {
		if err := mock.Keep(dataFile(o.data, system.name, place)); err != nil {
			return nil, errors.Join(err, listener.Close())
		}
	}
	server := &http.Server{Handler: mock, ReadHeaderTimeout: 10 * time.Second}
	if sockets, ok := mock.(interface{ Close() }); ok {
		server.RegisterOnShutdown(sockets.Close) // no server ends what it has handed over
	}
	g.servers = append(g.servers, server)
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			g.failed <- fmt.Errorf("the mock of %s has stopped: %w", system.name, err)
		}
	}()
	var all []variable
	for _, name := range system.urls {
		all = append(all, variable{name, "http://" + listener.Addr().String()})
	}
	return append(all, variables...), nil
}

// dataFile is the file itself for the first system; the others add their name.
func dataFile(path, name string, place int) string {
	if place == 0 {
		return path
	}
	return path + "." + name
}

// close lets open calls finish for a moment, then ends them.
func (g *group) close() {
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTime)
	defer cancel()
	for _, server := range g.servers {
		if server.Shutdown(ctx) != nil {
			_ = server.Close()
		}
	}
}
