package main

import (
	"context"
	"errors"
	"io"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	huntgroupv1 "huntgroup.test/interop/gen/huntgroup/v1"
)

type grpcClient struct {
	chat   huntgroupv1.ChatServiceClient
	admin  huntgroupv1.AdminServiceClient
	health healthv1.HealthClient
	key    string
}

func runGRPC(address, key string) {
	connection, err := grpc.NewClient("passthrough:///"+address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		report("grpc-go: connection", nil, err)
		return
	}
	defer connection.Close()
	client := grpcClient{
		chat:   huntgroupv1.NewChatServiceClient(connection),
		admin:  huntgroupv1.NewAdminServiceClient(connection),
		health: healthv1.NewHealthClient(connection),
		key:    key,
	}
	for _, scenario := range []struct {
		name string
		run  func() (finding, error)
	}{
		{"unary", client.unary},
		{"stream", client.stream},
		{"error", client.rateLimit},
		{"deadline", client.deadline},
		{"cancel", client.cancel},
		{"health", client.checkHealth},
	} {
		found, err := scenario.run()
		report("grpc-go: "+scenario.name, found, err)
	}
}

func (client grpcClient) context(limit time.Duration) (context.Context, context.CancelFunc) {
	ctx := metadata.AppendToOutgoingContext(context.Background(), "authorization", "Bearer "+client.key)
	return context.WithTimeout(ctx, limit)
}

func (client grpcClient) unary() (finding, error) {
	ctx, stop := client.context(patience)
	defer stop()
	var header metadata.MD
	reply, err := client.chat.ChatCompletion(ctx, request("chat"), grpc.Header(&header))
	if err != nil {
		return nil, err
	}
	choice := reply.GetChoices()[0]
	return finding{
		"content":      choice.GetMessage().GetContent(),
		"finishReason": choice.GetFinishReason(),
		"deployment":   header.Get("x-huntgroup-model-id")[0],
	}, nil
}

func (client grpcClient) stream() (finding, error) {
	ctx, stop := client.context(patience)
	defer stop()
	pieces, err := client.chat.ChatCompletionStream(ctx, request("chat"))
	if err != nil {
		return nil, err
	}
	header, err := pieces.Header()
	if err != nil {
		return nil, err
	}
	count, content := 0, ""
	for {
		piece, err := pieces.Recv()
		if errors.Is(err, io.EOF) {
			return finding{"pieces": count, "content": content, "deployment": header.Get("x-huntgroup-model-id")[0]}, nil
		}
		if err != nil {
			return nil, err
		}
		if text := contentOf(piece); text != "" {
			count++
			content += text
		}
	}
}

func (client grpcClient) rateLimit() (finding, error) {
	ctx, stop := client.context(patience)
	defer stop()
	if _, err := client.chat.ChatCompletion(ctx, request("limited")); err != nil {
		return nil, err
	}
	_, err := client.chat.ChatCompletion(ctx, request("limited"))
	failure := status.Convert(err)
	found := finding{"code": failure.Code().String()}
	for _, detail := range failure.Details() {
		switch detail := detail.(type) {
		case *errdetails.ErrorInfo:
			found["reason"], found["domain"] = detail.GetReason(), detail.GetDomain()
		case *errdetails.RetryInfo:
			found["retryAfterS"] = detail.GetRetryDelay().AsDuration().Seconds()
		}
	}
	return found, nil
}

func (client grpcClient) deadline() (finding, error) {
	return everLonger(func(deadline time.Duration) (finding, error) {
		ctx, stop := client.context(deadline)
		defer stop()
		_, err := client.chat.ChatCompletion(ctx, request("endless"))
		freed, freeErr := client.untilFree()
		return finding{"code": status.Code(err).String(), "freed": freed}, freeErr
	})
}

func (client grpcClient) cancel() (finding, error) {
	ctx, hangUp := client.context(patience)
	defer hangUp()
	pieces, err := client.chat.ChatCompletionStream(ctx, request("endless"))
	for err == nil {
		var piece *huntgroupv1.ChatCompletionStreamResponse
		if piece, err = pieces.Recv(); err == nil && contentOf(piece) != "" {
			hangUp()
		}
	}
	freed, freeErr := client.untilFree()
	return finding{"code": status.Code(err).String(), "freed": freed}, freeErr
}

func (client grpcClient) checkHealth() (finding, error) {
	ctx, stop := context.WithTimeout(context.Background(), patience)
	defer stop()
	reply, err := client.health.Check(ctx, &healthv1.HealthCheckRequest{Service: "huntgroup.v1.ChatService"})
	return finding{"status": reply.GetStatus().String()}, err
}

func (client grpcClient) untilFree() (int64, error) {
	return untilFree(func(ctx context.Context, asked *huntgroupv1.ListDeploymentsRequest) (*huntgroupv1.ListDeploymentsResponse, error) {
		return client.admin.ListDeployments(metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+client.key), asked)
	})
}
