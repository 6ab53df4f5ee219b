package main

import (
	"context"
	"errors"
	"time"

	huntgroupv1 "huntgroup.test/interop/gen/huntgroup/v1"
)

// longestUntilFree bounds the wait for what is far sooner on any machine.
const longestUntilFree = 30 * time.Second

// errNeverBegun says that a call was over before a deployment had it.
var errNeverBegun = errors.New("the call never reached a deployment")

// everLonger tries a call with ever longer deadlines, until one lets it reach a deployment: how long that takes is the machine's business.
func everLonger(try func(deadline time.Duration) (finding, error)) (finding, error) {
	for deadline := 200 * time.Millisecond; ; deadline *= 2 {
		found, err := try(deadline)
		if !errors.Is(err, errNeverBegun) || deadline > patience {
			return found, err
		}
	}
}

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
			return 0, errNeverBegun
		}
		if deployment.GetInFlight() == 0 {
			return time.Since(started).Milliseconds(), nil
		}
		time.Sleep(5 * time.Millisecond)
	}
}
