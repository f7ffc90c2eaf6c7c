// Package contract runs the vendors' own SDKs, or what they tell callers to use,
// against the mocks and compares it with our clients. Its tests need Node.js and stand
// behind the build tag "contract"; `make contract` runs them.
package contract
