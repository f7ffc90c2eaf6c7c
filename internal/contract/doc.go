// Package contract runs the vendors' own SDKs against the mocks and compares
// what they send with what our clients send. Its tests need Node.js and stand
// behind the build tag "contract"; `make contract` runs them.
package contract
