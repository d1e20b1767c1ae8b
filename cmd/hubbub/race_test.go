//go:build race

package main

// memoryFactor is how many times as much memory the race detector has the hub take.
const memoryFactor = 5
