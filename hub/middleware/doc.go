// Package middleware wraps applications: one concern, one file, one function.
package middleware
