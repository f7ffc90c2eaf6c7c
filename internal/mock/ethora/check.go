package ethora

import (
	"errors"
	"fmt"
)

// check refuses data that would make a handler fail later.
func (d *data) check(baseID, baseSecret string) error {
	if d.Version != dataVersion {
		return fmt.Errorf("it has version %d, but this mock reads version %d", d.Version, dataVersion)
	}
	base := d.Apps[baseID]
	if base == nil || d.BaseID != baseID || base.Secret != baseSecret {
		return fmt.Errorf("its base app is %q, and its credentials are not those of this mock (%q)", d.BaseID, baseID)
	}
	for id, a := range d.Apps {
		if err := a.check(); err != nil {
			return fmt.Errorf("its app %q %w", id, err)
		}
	}
	return d.checkJobs()
}

// checkJobs: the app of a job exists, except for the app that a job removed.
func (d *data) checkJobs() error {
	if d.Jobs == nil {
		return errors.New("it has no list of jobs")
	}
	for id, j := range d.Jobs {
		if j == nil || d.Apps[j.AppID] == nil && j.Kind != purgeJob {
			return fmt.Errorf("its job %q is incomplete", id)
		}
	}
	return nil
}

func (a *app) check() error {
	if a == nil || a.Attributes == nil || a.Users == nil || a.Rooms == nil {
		return errors.New("is incomplete")
	}
	for name, u := range a.Users {
		if u == nil {
			return fmt.Errorf("has the empty user %q", name)
		}
	}
	for name, r := range a.Rooms {
		if r == nil {
			return fmt.Errorf("has the empty room %q", name)
		}
	}
	for _, t := range a.Tokens {
		if t == nil {
			return errors.New("has an empty token")
		}
	}
	if a.Users[a.systemAccount()] == nil {
		return errors.New("lacks the system account")
	}
	return nil
}
