package main

import (
	"google.golang.org/protobuf/types/known/structpb"

	huntgroupv1 "huntgroup.test/interop/gen/huntgroup/v1"
)

func request(model string) *huntgroupv1.ChatCompletionRequest {
	return &huntgroupv1.ChatCompletionRequest{
		Model: model,
		Messages: []*huntgroupv1.ChatCompletionRequestMessage{
			{Role: "user", Content: structpb.NewStringValue("Which line is free?")},
		},
	}
}

// contentOf returns the text that a piece of a stream adds.
func contentOf(piece *huntgroupv1.ChatCompletionStreamResponse) string {
	if len(piece.GetChoices()) == 0 {
		return ""
	}
	return piece.GetChoices()[0].GetDelta().GetContent()
}
