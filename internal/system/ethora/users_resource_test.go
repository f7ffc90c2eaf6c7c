package ethora_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
)

const crowdAddress = "chat_ethora_users.crowd"

func TestUsers_lifecycle(t *testing.T) {
	t.Parallel()
	ethora := acctest.StartEthora(t)
	user := func(id, name string) tfjsonpath.Path { return tfjsonpath.New("users").AtMapKey(id).AtMapKey(name) }
	acctest.Run(t, resource.TestCase{
		CheckDestroy: noUserLeft(ethora),
		Steps: []resource.TestStep{
			{
				Config: ethora.Provider() + usersHCL(people("ann", "ben"), ""),
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectKnownValue(crowdAddress, tfjsonpath.New("id"), knownvalue.StringExact(ethora.AppID())),
					statecheck.ExpectKnownValue(crowdAddress, user("ann", "email"), knownvalue.StringExact("ann@example.com")),
					statecheck.ExpectKnownValue(crowdAddress, user("ann", "username"), knownvalue.StringExact("")),
				},
			},
			{
				Config:           ethora.Provider() + usersHCL(people("ben", "cara"), ""),
				ConfigPlanChecks: plans(crowdAddress, plancheck.ResourceActionUpdate),
			},
		},
	})
}
