// Calls the service as a Go microservice does, with clients generated from proto/: by connect-go over each of its protocols and
// HTTP versions, and by grpc-go.
//
//	go-client HOST:PORT KEY
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"time"
)

// patience is long enough for a slow machine; a call that takes it all has failed.
const patience = 30 * time.Second

// finding is what one scenario saw, by name.
type finding map[string]any

// report prints one line of JSON for a scenario, whether it found something or failed.
func report(scenario string, found finding, err error) {
	line := map[string]any{"scenario": scenario}
	if err == nil {
		line["found"] = found
	} else {
		line["raised"] = err.Error()
	}
	text, err := json.Marshal(line)
	if err != nil {
		panic(err)
	}
	fmt.Println(string(text))
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: go-client HOST:PORT KEY")
		os.Exit(2)
	}
	address, key := os.Args[1], os.Args[2]
	runConnect(address, key)
	runGRPC(address, key)
}
