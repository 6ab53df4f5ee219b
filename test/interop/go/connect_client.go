package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/genproto/googleapis/rpc/errdetails"

	huntgroupv1 "huntgroup.test/interop/gen/huntgroup/v1"
	"huntgroup.test/interop/gen/huntgroup/v1/huntgroupv1connect"
)

// variant is one way for connect-go to speak.
type variant struct {
	name     string
	protocol []connect.ClientOption
	http2    bool
}

var variants = []variant{
	{"connect over h2c", nil, true},
	{"connect over HTTP/1.1", nil, false},
	{"connect with JSON over HTTP/1.1", []connect.ClientOption{connect.WithProtoJSON()}, false},
	{"connect with gzip over h2c", []connect.ClientOption{connect.WithSendGzip()}, true},
	{"grpc over h2c", []connect.ClientOption{connect.WithGRPC()}, true},
	{"grpcweb over h2c", []connect.ClientOption{connect.WithGRPCWeb()}, true},
	{"grpcweb over HTTP/1.1", []connect.ClientOption{connect.WithGRPCWeb()}, false},
}

type connectClient struct {
	chat  huntgroupv1connect.ChatServiceClient
	admin huntgroupv1connect.AdminServiceClient
}

func runConnect(address, key string) {
	for _, variant := range variants {
		transport := &http.Transport{Protocols: new(http.Protocols)}
		transport.Protocols.SetUnencryptedHTTP2(variant.http2)
		transport.Protocols.SetHTTP1(!variant.http2)
		options := append([]connect.ClientOption{connect.WithInterceptors(bearer(key))}, variant.protocol...)
		httpClient := &http.Client{Transport: transport}
		client := connectClient{
			chat:  huntgroupv1connect.NewChatServiceClient(httpClient, "http://"+address, options...),
			admin: huntgroupv1connect.NewAdminServiceClient(httpClient, "http://"+address, options...),
		}
		for _, scenario := range []struct {
			name string
			run  func() (finding, error)
		}{
			{"unary", client.unary},
			{"stream", client.stream},
			{"error", client.unknownModel},
			{"deadline", client.deadline},
			{"cancel", client.cancel},
		} {
			found, err := scenario.run()
			report(variant.name+": "+scenario.name, found, err)
		}
		transport.CloseIdleConnections()
	}
}

func (client connectClient) unary() (finding, error) {
	ctx, stop := context.WithTimeout(context.Background(), patience)
	defer stop()
	reply, err := client.chat.ChatCompletion(ctx, connect.NewRequest(request("chat")))
	if err != nil {
		return nil, err
	}
	choice := reply.Msg.GetChoices()[0]
	return finding{
		"content":      choice.GetMessage().GetContent(),
		"finishReason": choice.GetFinishReason(),
		"deployment":   reply.Header().Get("x-huntgroup-model-id"),
	}, nil
}

func (client connectClient) stream() (finding, error) {
	ctx, stop := context.WithTimeout(context.Background(), patience)
	defer stop()
	pieces, err := client.chat.ChatCompletionStream(ctx, connect.NewRequest(request("chat")))
	if err != nil {
		return nil, err
	}
	defer pieces.Close()
	count, content := 0, ""
	for pieces.Receive() {
		if text := contentOf(pieces.Msg()); text != "" {
			count++
			content += text
		}
	}
	return finding{
		"pieces":     count,
		"content":    content,
		"deployment": pieces.ResponseHeader().Get("x-huntgroup-model-id"),
	}, pieces.Err()
}

func (client connectClient) unknownModel() (finding, error) {
	ctx, stop := context.WithTimeout(context.Background(), patience)
	defer stop()
	_, err := client.chat.ChatCompletion(ctx, connect.NewRequest(request("no-such-model")))
	var failure *connect.Error
	if !errors.As(err, &failure) {
		return nil, fmt.Errorf("no status: %w", err)
	}
	found := finding{"code": failure.Code().String()}
	for _, detail := range failure.Details() {
		value, err := detail.Value()
		if err != nil {
			return nil, err
		}
		if info, ok := value.(*errdetails.ErrorInfo); ok {
			found["reason"], found["domain"] = info.GetReason(), info.GetDomain()
		}
	}
	return found, nil
}

func (client connectClient) deadline() (finding, error) {
	return everLonger(func(deadline time.Duration) (finding, error) {
		ctx, stop := context.WithTimeout(context.Background(), deadline)
		defer stop()
		_, err := client.chat.ChatCompletion(ctx, connect.NewRequest(request("endless")))
		freed, freeErr := client.untilFree()
		return finding{"code": connect.CodeOf(err).String(), "freed": freed}, freeErr
	})
}

func (client connectClient) cancel() (finding, error) {
	ctx, hangUp := context.WithTimeout(context.Background(), patience)
	defer hangUp()
	pieces, err := client.chat.ChatCompletionStream(ctx, connect.NewRequest(request("endless")))
	if err != nil {
		return nil, err
	}
	defer pieces.Close()
	for pieces.Receive() && contentOf(pieces.Msg()) == "" {
	}
	if pieces.Err() != nil {
		return nil, pieces.Err()
	}
	hangUp()
	for pieces.Receive() {
	}
	freed, freeErr := client.untilFree()
	return finding{"code": connect.CodeOf(pieces.Err()).String(), "freed": freed}, freeErr
}

// untilFree waits for the endless deployment to have nothing in flight, and returns after how many milliseconds it had not.
func (client connectClient) untilFree() (int64, error) {
	return untilFree(func(ctx context.Context, asked *huntgroupv1.ListDeploymentsRequest) (*huntgroupv1.ListDeploymentsResponse, error) {
		reply, err := client.admin.ListDeployments(ctx, connect.NewRequest(asked))
		if err != nil {
			return nil, err
		}
		return reply.Msg, nil
	})
}

// bearer adds the key to every call, unary or not.
type bearer string

func (key bearer) WrapUnary(next connect.UnaryFunc) connect.UnaryFunc {
	return func(ctx context.Context, request connect.AnyRequest) (connect.AnyResponse, error) {
		request.Header().Set("authorization", "Bearer "+string(key))
		return next(ctx, request)
	}
}

func (key bearer) WrapStreamingClient(next connect.StreamingClientFunc) connect.StreamingClientFunc {
	return func(ctx context.Context, spec connect.Spec) connect.StreamingClientConn {
		connection := next(ctx, spec)
		connection.RequestHeader().Set("authorization", "Bearer "+string(key))
		return connection
	}
}

func (bearer) WrapStreamingHandler(next connect.StreamingHandlerFunc) connect.StreamingHandlerFunc {
	return next
}
