package main

import (
	"context"
	"errors"
	"time"

	huntgroupv1 "huntgroup.test/interop/gen/huntgroup/v1"
)

// longestUntilFree bounds the wait for what a test holds to a second.
const longestUntilFree = 3 * time.Second

type listDeployments func(context.Context, *huntgroupv1.ListDeploymentsRequest) (*huntgroupv1.ListDeploymentsResponse, error)

// untilFree asks, while the client's connection stays open, until the endless deployment has nothing in flight.
// It returns after how many milliseconds that was.
func untilFree(list listDeployments) (int64, error) {
	group := "endless"
	started := time.Now()
	ctx, stop := context.WithTimeout(context.Background(), longestUntilFree)
	defer stop()
	for {
		reply, err := list(ctx, &huntgroupv1.ListDeploymentsRequest{Group: &group})
		if err != nil {
			return 0, err
		}
		deployment := reply.GetDeployments()[0]
		if deployment.GetUsedRpm() == 0 {
			return 0, errors.New("the call never reached a deployment")
		}
		if deployment.GetInFlight() == 0 {
			return time.Since(started).Milliseconds(), nil
		}
		time.Sleep(5 * time.Millisecond)
	}
}
