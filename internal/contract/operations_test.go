//go:build contract

package contract

import (
	"context"
	"net/http"

	api "github.com/chattenant/terraform-provider-chat/internal/api/ethora"
)

// page is the part of a list that our client asks for first.
var page = object{"limit": 100, "offset": 0}

// operations are the SDK's app-scoped surface, each with plain input first and
// then with input, or on a server, where the two sides may part.
var operations = []operation{
	{
		call: "listApps",
		sdk: func(*stage) []any {
			return []any{object{"limit": 100, "offset": 0, "order": "asc", "orderBy": "createdAt"}}
		},
		method: "ListApps",
		ours: func(ctx context.Context, s *stage) error {
			_, err := s.client.ListApps(ctx, api.ListAppsOptions{})
			return err
		},
	},
	{
		call:   "getApp",
		sdk:    func(s *stage) []any { return []any{s.acme} },
		method: "GetApp",
		ours: func(ctx context.Context, s *stage) error {
			_, err := s.client.GetApp(ctx, s.acme)
			return err
		},
	},
	{
		call:    "getApp",
		variant: "unknown",
		sdk:     func(*stage) []any { return []any{unknownApp} },
		method:  "GetApp",
		ours: func(ctx context.Context, s *stage) error {
			_, err := s.client.GetApp(ctx, unknownApp)
			return err
		},
	},
	{
		call: "createApp",
		sdk: func(*stage) []any {
			return []any{object{
				"displayName":       "Shop",
				"domainName":        "shop",
				"appTagline":        "All you need",
				"logoImage":         "https://example.com/logo.png",
				"sublogoImage":      "https://example.com/small.png",
				"primaryColor":      "#1F6FEB",
				"bundleId":          "com.example.shop",
				"createDefaultChat": true,
			}}
		},
		method: "CreateApp",
		ours: func(ctx context.Context, s *stage) error {
			_, err := s.client.CreateApp(ctx, api.AppFields{
				DisplayName:  pointer("Shop"),
				DomainName:   pointer("shop"),
				AppTagline:   pointer("All you need"),
				LogoImage:    pointer("https://example.com/logo.png"),
				SublogoImage: pointer("https://example.com/small.png"),
				PrimaryColor: pointer("#1F6FEB"),
				BundleID:     pointer("com.example.shop"),
			}, pointer(true))
			return err
		},
	},
	{
		call:   "deleteApp",
		sdk:    func(s *stage) []any { return []any{s.acme} },
		method: "DeleteApp",
		ours: func(ctx context.Context, s *stage) error {
			return s.client.DeleteApp(ctx, s.acme, api.DeleteOptions{})
		},
	},

	{
		call: "createUsersInApp",
		sdk: func(s *stage) []any {
			users := newUsers("cleo", "dan")
			users["usersList"].([]any)[0].(object)["profileImage"] = "https://example.com/cleo.png"
			return []any{s.acme, users}
		},
		method: "CreateUsers",
		ours: func(ctx context.Context, s *stage) error {
			_, err := s.client.CreateUsers(ctx, s.acme, api.UsersBatch{
				BypassEmailConfirmation: true,
				Users: []api.NewUser{
					{UserID: "cleo", Email: "cleo@example.com", FirstName: "First", LastName: "Last", Password: "pass-cleo", ProfileImage: "https://example.com/cleo.png"},
					{UserID: "dan", Email: "dan@example.com", FirstName: "First", LastName: "Last", Password: "pass-dan"},
				},
			})
			return err
		},
	},
	{
		call:   "getUsersBatchJob",
		sdk:    func(s *stage) []any { return []any{s.acme, s.job()} },
		method: "GetUsersBatchJob",
		ours: func(ctx context.Context, s *stage) error {
			_, err := s.client.GetUsersBatchJob(ctx, s.acme, s.job())
			return err
		},
	},
	{
		call:   "deleteUsersInApp",
		sdk:    func(s *stage) []any { return []any{s.acme, []any{"ann", "bob"}} },
		method: "DeleteUsers",
		ours: func(ctx context.Context, s *stage) error {
			return s.client.DeleteUsers(ctx, s.acme, []string{"ann", "bob"}, api.DeleteOptions{})
		},
	},
	{
		call:    "deleteUsersInApp",
		variant: "with an unknown user",
		sdk:     func(s *stage) []any { return []any{s.acme, []any{"ann", "nobody"}} },
		method:  "DeleteUsers",
		ours: func(ctx context.Context, s *stage) error {
			return s.client.DeleteUsers(ctx, s.acme, []string{"ann", "nobody"}, api.DeleteOptions{})
		},
	},
	{
		call:    "deleteUsersInApp",
		variant: "by xmppUsername",
		sdk:     func(s *stage) []any { return []any{s.acme, []any{s.acme + "_ann"}} },
		method:  "DeleteUsers",
		ours: func(ctx context.Context, s *stage) error {
			return s.client.DeleteUsers(ctx, s.acme, []string{s.acme + "_ann"}, api.DeleteOptions{})
		},
	},
	{
		call:   "getUsers",
		sdk:    func(*stage) []any { return []any{page} },
		method: "ListUsers",
		ours: func(ctx context.Context, s *stage) error {
			_, err := s.client.ListUsers(ctx, s.own, api.UserFilter{})
			return err
		},
	},
	{
		call:    "getUsers",
		variant: "by xmppUsername",
		sdk: func(s *stage) []any {
			return []any{object{"xmppUsername": s.own + "_ann", "limit": 100, "offset": 0}}
		},
		method: "ListUsers",
		ours: func(ctx context.Context, s *stage) error {
			_, err := s.client.ListUsers(ctx, s.own, api.UserFilter{UserID: "ann"})
			return err
		},
	},
	{
		call:    "getUsers",
		variant: "of a room",
		sdk: func(s *stage) []any {
			return []any{object{"chatName": s.own + "_support", "limit": 100, "offset": 0}}
		},
		method: "ListUsers",
		ours: func(ctx context.Context, s *stage) error {
			_, err := s.client.ListUsers(ctx, s.own, api.UserFilter{RoomID: "support"})
			return err
		},
		carries: 1,
	},
	{
		call:    "getUsers",
		variant: "without the app's route",
		prepare: withoutRoute(http.MethodGet, "^/v2/apps/[^/]+/chats/users"),
		sdk:     func(*stage) []any { return []any{page} },
		method:  "ListUsers",
		ours: func(ctx context.Context, s *stage) error {
			_, err := s.client.ListUsers(ctx, s.own, api.UserFilter{})
			return err
		},
		carries: 1,
	},
	{
		call:   "getAppUserByXmppUsername",
		sdk:    func(s *stage) []any { return []any{s.acme + "_ann"} },
		method: "GetUser",
		ours: func(ctx context.Context, s *stage) error {
			_, err := s.client.GetUser(ctx, s.acme, "ann")
			return err
		},
	},
	{
		call:   "updateUsers",
		sdk:    annsUpdate,
		method: "UpdateUsers",
		ours:   updateAnn,
	},
	{
		call:    "updateUsers",
		variant: "without the app's route",
		prepare: withoutRoute(http.MethodPatch, "^/v2/apps/[^/]+/chats/users"),
		sdk:     annsUpdate,
		method:  "UpdateUsers",
		ours:    updateAnn,
		carries: 1,
	},
	{
		call:    "updateUsers",
		variant: "to nothing",
		sdk: func(s *stage) []any {
			return []any{[]any{object{"xmppUsername": s.own + "_ann", "firstName": "Anna", "username": ""}}}
		},
		method: "UpdateUsers",
		ours: func(ctx context.Context, s *stage) error {
			update := api.UserUpdate{UserID: "ann", FirstName: pointer("Anna"), Username: pointer("")}
			_, err := s.client.UpdateUsers(ctx, s.own, []api.UserUpdate{update})
			return err
		},
	},

	{
		call: "createChatRoomInApp",
		sdk: func(s *stage) []any {
			return []any{s.acme, "sales", object{
				"title": "Sales", "type": "public", "description": "Orders", "picture": "https://example.com/sales.png",
			}}
		},
		method: "CreateChat",
		ours: func(ctx context.Context, s *stage) error {
			_, err := s.client.CreateChat(ctx, s.acme, api.NewChat{
				RoomID: "sales", Title: "Sales", Type: "public", Description: "Orders", Picture: "https://example.com/sales.png",
			})
			return err
		},
	},
	{
		call:    "createChatRoomInApp",
		variant: "without a type",
		sdk:     func(s *stage) []any { return []any{s.acme, "sales", object{"title": "Sales"}} },
		method:  "CreateChat",
		ours: func(ctx context.Context, s *stage) error {
			_, err := s.client.CreateChat(ctx, s.acme, api.NewChat{RoomID: "sales", Title: "Sales"})
			return err
		},
	},
	{
		call:    "createChatRoomInApp",
		variant: "by name",
		sdk:     func(s *stage) []any { return []any{s.acme, s.acme + "_sales", object{"title": "Sales"}} },
		method:  "CreateChat",
		ours: func(ctx context.Context, s *stage) error {
			_, err := s.client.CreateChat(ctx, s.acme, api.NewChat{RoomID: s.acme + "_sales", Title: "Sales", Type: "group"})
			return err
		},
	},
	{
		call:    "createChatRoomInApp",
		variant: "that exists",
		sdk:     func(s *stage) []any { return []any{s.acme, "support", object{"title": "Support", "type": "public"}} },
		method:  "CreateChat",
		ours: func(ctx context.Context, s *stage) error {
			_, err := s.client.CreateChat(ctx, s.acme, api.NewChat{RoomID: "support", Title: "Support", Type: "public"})
			return err
		},
	},
	{
		call: "listChatsInApp",
		sdk: func(s *stage) []any {
			return []any{s.acme, object{"limit": 100, "offset": 0, "includeMembers": true}}
		},
		method: "ListChats",
		ours: func(ctx context.Context, s *stage) error {
			_, err := s.client.ListChats(ctx, s.acme, true)
			return err
		},
	},
	{
		call:    "listChatsInApp",
		variant: "without parameters",
		sdk:     func(s *stage) []any { return []any{s.acme} },
		method:  "ListChats",
		ours: func(ctx context.Context, s *stage) error {
			_, err := s.client.ListChats(ctx, s.acme, false)
			return err
		},
	},
	{
		call: "updateChatRoomInApp",
		sdk: func(s *stage) []any {
			return []any{s.acme, "support", object{"title": "Help", "description": ""}}
		},
		method: "UpdateChat",
		ours: func(ctx context.Context, s *stage) error {
			return s.client.UpdateChat(ctx, s.acme, "support", api.ChatFields{Title: pointer("Help"), Description: pointer("")})
		},
	},
	{
		call:    "updateChatRoomInApp",
		variant: "by address",
		sdk:     func(s *stage) []any { return []any{s.acme, s.address(), object{"title": "Help"}} },
		method:  "UpdateChat",
		ours: func(ctx context.Context, s *stage) error {
			return s.client.UpdateChat(ctx, s.acme, s.address(), api.ChatFields{Title: pointer("Help")})
		},
	},
	{
		call:   "deleteChatRoomInApp",
		sdk:    func(s *stage) []any { return []any{s.acme, "support"} },
		method: "DeleteChat",
		ours: func(ctx context.Context, s *stage) error {
			return s.client.DeleteChat(ctx, s.acme, "support")
		},
	},
	{
		call:    "deleteChatRoomInApp",
		variant: "by address",
		sdk:     func(s *stage) []any { return []any{s.acme, s.address()} },
		method:  "DeleteChat",
		ours: func(ctx context.Context, s *stage) error {
			return s.client.DeleteChat(ctx, s.acme, s.address())
		},
	},
	{
		call:    "deleteChatRoomInApp",
		variant: "unknown",
		sdk:     func(s *stage) []any { return []any{s.acme, "nowhere"} },
		method:  "DeleteChat",
		ours: func(ctx context.Context, s *stage) error {
			return s.client.DeleteChat(ctx, s.acme, "nowhere")
		},
	},

	{
		call:   "grantUserAccessToChatRoomInApp",
		sdk:    func(s *stage) []any { return []any{s.acme, "support", []any{"bob", s.acme + "_ann"}} },
		method: "GrantAccess",
		ours: func(ctx context.Context, s *stage) error {
			return s.client.GrantAccess(ctx, s.acme, "support", []string{"bob", s.acme + "_ann"})
		},
	},
	{
		call:    "grantUserAccessToChatRoomInApp",
		variant: "to another app's user",
		sdk:     func(s *stage) []any { return []any{s.acme, "support", s.own + "_bob"} },
		method:  "GrantAccess",
		ours: func(ctx context.Context, s *stage) error {
			return s.client.GrantAccess(ctx, s.acme, "support", []string{s.own + "_bob"})
		},
	},
	{
		call:    "grantUserAccessToChatRoomInApp",
		variant: "by addresses",
		sdk: func(s *stage) []any {
			return []any{s.acme, s.address(), s.acme + "_bob@xmpp.chat.ethora.com"}
		},
		method: "GrantAccess",
		ours: func(ctx context.Context, s *stage) error {
			return s.client.GrantAccess(ctx, s.acme, s.address(), []string{s.acme + "_bob@xmpp.chat.ethora.com"})
		},
	},
	{
		call:   "removeUserAccessFromChatRoomInApp",
		sdk:    func(s *stage) []any { return []any{s.acme, "support", "ann"} },
		method: "RemoveAccess",
		ours: func(ctx context.Context, s *stage) error {
			return s.client.RemoveAccess(ctx, s.acme, "support", []string{"ann"})
		},
	},
	{
		call:    "removeUserAccessFromChatRoomInApp",
		variant: "of an unknown user",
		sdk:     func(s *stage) []any { return []any{s.acme, "support", "nobody"} },
		method:  "RemoveAccess",
		ours: func(ctx context.Context, s *stage) error {
			return s.client.RemoveAccess(ctx, s.acme, "support", []string{"nobody"})
		},
	},
	{
		call: "getUserChatsInApp",
		sdk: func(s *stage) []any {
			return []any{s.acme, "ann", object{"limit": 100, "offset": 0, "includeMembers": true}}
		},
		method: "ListUserChats",
		ours: func(ctx context.Context, s *stage) error {
			_, err := s.client.ListUserChats(ctx, s.acme, "ann", true)
			return err
		},
	},
	{
		call:    "getUserChatsInApp",
		variant: "by xmppUsername",
		sdk: func(s *stage) []any {
			return []any{s.acme, s.acme + "_ann", object{"limit": 100, "offset": 0, "includeMembers": false}}
		},
		method: "ListUserChats",
		ours: func(ctx context.Context, s *stage) error {
			_, err := s.client.ListUserChats(ctx, s.acme, s.acme+"_ann", false)
			return err
		},
	},
}

func annsUpdate(s *stage) []any {
	return []any{[]any{object{
		"xmppUsername": s.own + "_ann",
		"firstName":    "Anna",
		"lastName":     "Leigh",
		"username":     "anna",
		"profileImage": "https://example.com/anna.png",
	}}}
}

func updateAnn(ctx context.Context, s *stage) error {
	_, err := s.client.UpdateUsers(ctx, s.own, []api.UserUpdate{{
		UserID:       "ann",
		FirstName:    pointer("Anna"),
		LastName:     pointer("Leigh"),
		Username:     pointer("anna"),
		ProfileImage: pointer("https://example.com/anna.png"),
	}})
	return err
}

// address is the address of the room "support".
func (s *stage) address() string { return api.RoomJID(s.acme, "support", api.DefaultXMPPHost) }

// job is the id of the job that made Acme's users.
func (s *stage) job() string {
	for _, job := range s.mock.Snapshot().Jobs {
		if job.AppID == s.acme {
			return job.ID
		}
	}
	return ""
}

func pointer[T any](value T) *T { return &value }
