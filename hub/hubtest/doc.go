// Package hubtest proves contracts of package hub: one exported suite for each,
// which every implementation runs in its own tests. [Endless] is a store for
// tests of much.
package hubtest
