// Package openapi holds what Rocket.Chat's client and mock say to each other
// against Rocket.Chat's own description of its API. It is a module of its own:
// the library that reads such descriptions is no business of the provider.
package openapi
