package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
)

// What Terraform says to a provider when it starts it.
var handshake = plugin.HandshakeConfig{
	MagicCookieKey:   "TF_PLUGIN_MAGIC_COOKIE",
	MagicCookieValue: "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
}

// protocol is the version of Terraform's plugin protocol.
const protocol = 6

// maxMessage is the largest message that Terraform takes, in bytes.
const maxMessage = 256 << 20

// starts is how often starting is measured.
const starts = 5

// timeToSchema is the median time from starting the provider until it has told
// its schema, through go-plugin and its TLS, as Terraform does it.
func timeToSchema(ctx context.Context, binary string) (time.Duration, error) {
	var times []time.Duration
	for range starts {
		began := time.Now()
		if err := askSchema(ctx, binary); err != nil {
			return 0, fmt.Errorf("asking the provider for its schema: %w", err)
		}
		times = append(times, time.Since(began))
	}
	slices.Sort(times)
	return times[starts/2], nil
}

// askSchema starts the provider, asks for its schema and ends it.
func askSchema(ctx context.Context, binary string) error {
	command := exec.CommandContext(ctx, binary)
	command.Env = cleanEnvironment()
	client := plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig:  handshake,
		VersionedPlugins: map[int]plugin.PluginSet{protocol: {"provider": connection{}}},
		Cmd:              command,
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		AutoMTLS:         true,
		Logger:           hclog.NewNullLogger(),
		SyncStderr:       io.Discard,
	})
	defer client.Kill()
	protocolClient, err := client.Client()
	if err != nil {
		return err
	}
	dispensed, err := protocolClient.Dispense("provider")
	if err != nil {
		return err
	}
	connected, ok := dispensed.(*grpc.ClientConn)
	if !ok {
		return fmt.Errorf("go-plugin gave a %T for a connection", dispensed)
	}
	var answer message
	err = connected.Invoke(ctx, "/tfplugin6.Provider/GetProviderSchema", message{}, &answer,
		grpc.ForceCodec(untouched{}), grpc.MaxCallRecvMsgSize(maxMessage))
	if err == nil && !bytes.Contains(answer, []byte("chat_ethora_user")) {
		err = errors.New("the answer lacks the resource chat_ethora_user")
	}
	return err
}

// binarySize is the size of a file in bytes.
func binarySize(binary string) (int64, error) {
	info, err := os.Stat(binary)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// A connection is a plugin whose client is the gRPC connection itself.
type connection struct{ plugin.NetRPCUnsupportedPlugin }

func (connection) GRPCServer(*plugin.GRPCBroker, *grpc.Server) error {
	return errors.New("the benchmark serves no provider")
}

func (connection) GRPCClient(_ context.Context, _ *plugin.GRPCBroker, connected *grpc.ClientConn) (any, error) {
	return connected, nil
}

// A message is an encoded protobuf message. An empty one is the request.
type message []byte

// untouched is a codec that leaves messages as they are: the generated types
// of Terraform's protocol are internal to terraform-plugin-go.
type untouched struct{}

func (untouched) Marshal(value any) ([]byte, error) {
	encoded, ok := value.(message)
	if !ok {
		return nil, fmt.Errorf("%T is not an encoded message", value)
	}
	return encoded, nil
}

func (untouched) Unmarshal(data []byte, value any) error {
	into, ok := value.(*message)
	if !ok {
		return fmt.Errorf("%T takes no encoded message", value)
	}
	*into = bytes.Clone(data)
	return nil
}

func (untouched) Name() string { return "proto" }
