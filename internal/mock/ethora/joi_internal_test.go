package ethora

import (
	"encoding/json"
	"regexp"
	"testing"
)

// The texts are what Joi 17.13 prints for the same schema and value.
func TestTextsOfJoi(t *testing.T) {
	user := object{
		{"uuid", false, text{trim: true, min: 2}},
		{"email", true, text{email: true}},
		{"lastName", true, text{min: 2}},
		{"profileImage", false, text{uri: true}},
	}
	schema := object{
		{"usersList", true, list{of: user, min: 1, max: 2}},
		{"flag", false, flag{}},
		{"yes", false, yes{}},
		{"type", false, text{oneOf: []string{"group", "public"}}},
		{"color", false, text{pattern: regexp.MustCompile(`^#[0-9A-Fa-f]{6}$`)}},
		{"domain", false, text{alphanum: true}},
		{"menu", false, object{{"chats", false, flag{}}}},
		{"members", false, list{of: text{}}},
		{"options", false, list{of: text{oneOf: []string{"a", "b"}}}},
	}
	tests := []struct{ value, want string }{
		{`{}`, `"usersList" is required`},
		{`[]`, `"value" must be of type object`},
		{`{"usersList":[]}`, `"usersList" must contain at least 1 items`},
		{`{"usersList":[OK,OK,OK]}`, `"usersList" must contain less than or equal to 2 items`},
		{`{"usersList":{}}`, `"usersList" must be an array`},
		{`{"usersList":[1]}`, `"usersList[0]" must be of type object`},
		{`{"usersList":[OK,{"email":"a@b.co","lastName":"L"}]}`, `"usersList[1].lastName" length must be at least 2 characters long`},
		{`{"usersList":[{"email":"a@b.co","lastName":""}]}`, `"usersList[0].lastName" is not allowed to be empty`},
		{`{"usersList":[{"email":"a@b.co","lastName":null}]}`, `"usersList[0].lastName" must be a string`},
		{`{"usersList":[{"email":"a@b.co"}]}`, `"usersList[0].lastName" is required`},
		{`{"usersList":[{"email":"a@b.co","lastName":"Lee","zz":1}]}`, `"usersList[0].zz" is not allowed`},
		{`{"zz":1,"usersList":[{"email":"a@b.co","lastName":"L"}]}`, `"usersList[0].lastName" length must be at least 2 characters long`},
		{`{"zz":1,"yy":1,"usersList":[OK]}`, `"yy" is not allowed`},
		{`{"usersList":[{"email":"x","lastName":"Lee"}]}`, `"usersList[0].email" must be a valid email`},
		{`{"usersList":[{"email":"a@b.co","lastName":"Lee","profileImage":"x"}]}`, `"usersList[0].profileImage" must be a valid uri`},
		{`{"usersList":[OK],"flag":"zz"}`, `"flag" must be a boolean`},
		{`{"usersList":[OK],"yes":false}`, `"yes" must be [true]`},
		{`{"usersList":[OK],"type":"x"}`, `"type" must be one of [group, public]`},
		{`{"usersList":[OK],"color":"blue"}`, `"color" with value "blue" fails to match the required pattern: /^#[0-9A-Fa-f]{6}$/`},
		{`{"usersList":[OK],"color":""}`, `"color" is not allowed to be empty`},
		{`{"usersList":[OK],"domain":"a-b"}`, `"domain" must only contain alpha-numeric characters`},
		{`{"usersList":[OK],"menu":1}`, `"menu" must be of type object`},
		{`{"usersList":[OK],"menu":{"z":1}}`, `"menu.z" is not allowed`},
		{`{"usersList":[OK],"members":[1]}`, `"members[0]" must be a string`},
		{`{"usersList":[OK],"members":"a"}`, `"members" must be an array`},
		{`{"usersList":[OK],"options":["q"]}`, `"options[0]" must be one of [a, b]`},
		{`{"usersList":[OK],"menu":{"chats":true},"members":["x"]}`, ""},
	}
	ok := regexp.MustCompile(`\bOK\b`)
	for _, test := range tests {
		var value any
		raw := ok.ReplaceAllString(test.value, `{"uuid":" u1 ","email":"a@b.co","lastName":"Lee"}`)
		if err := json.Unmarshal([]byte(raw), &value); err != nil {
			t.Fatal(err)
		}
		_, wrong := schema.check("", value)
		got := ""
		if wrong != nil {
			got = wrong.Error()
		}
		if got != test.want {
			t.Errorf("%s gave %s, want %s", test.value, got, test.want)
		}
	}
}

func TestTextsAreCleaned(t *testing.T) {
	clean, wrong := text{trim: true, lower: true, email: true}.check("email", "  Ann@Example.COM ")
	if wrong != nil || clean != "ann@example.com" {
		t.Errorf("got %v %v", clean, wrong)
	}
}
