package rocketchat_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
	mock "github.com/chattenant/terraform-provider-chat/internal/mock/rocketchat"
)

// invoke runs an action, which must succeed, and returns what it told.
func invoke(t *testing.T, p *acctest.Protocol, typeName string, config acctest.Object) string {
	t.Helper()
	progress, problems := p.Invoke(t.Context(), typeName, config)
	if problems != nil || len(progress) != 1 {
		t.Errorf("%s: %q %q", typeName, progress, problems)
	}
	return strings.Join(progress, "\n")
}

// refused runs an action, which must fail in this way.
func refused(t *testing.T, p *acctest.Protocol, typeName string, config acctest.Object, want ...string) {
	t.Helper()
	_, problems := p.Invoke(t.Context(), typeName, config)
	onlyProblem(t, problems, append([]string{"ERROR"}, want...)...)
}

func inRoom(roomID string, more acctest.Object) acctest.Object {
	return with(acctest.Object{"room_id": roomID, "visitor_token": "ann-1"}, more)
}

func TestCloseRoomAction(t *testing.T) {
	t.Parallel()
	const typeName = "chat_rocketchat_close_room"
	e, room := startChat(t)
	if told := invoke(t, e.VisitorProtocol(t), typeName, inRoom(room, nil)); told != "Rocket.Chat room "+room+" is closed." || len(e.openRooms()) > 0 {
		t.Errorf("%q %v", told, e.openRooms())
	}
	e.wantCalls(t, "POST /room.close")
	invoke(t, e.VisitorProtocol(t), typeName, inRoom(room, nil)) // once more
	refused(t, e.VisitorProtocol(t), typeName, inRoom("nowhere", nil), "There is no such Rocket.Chat room of this visitor")
	refused(t, e.VisitorProtocol(t), typeName, acctest.Object{"room_id": room, "visitor_token": "nobody"}, "There is no such Rocket.Chat visitor")

	room = e.openRoom(t, "ann-1")
	words := inRoom(room, acctest.Object{"comment": "Solved", "tags": []string{"paid"}})
	refused(t, e.VisitorProtocol(t), typeName, words, "Closing a room with a comment or tags needs an administrator")
	e.ResetRequests()
	invoke(t, e.Protocol(t), typeName, words)
	if state := e.Snapshot().Room(room); state.Open || state.Closer != "user" || state.Comment != "Solved" {
		t.Errorf("the room is %+v", state)
	}
	e.wantCalls(t, "POST /room.closeByUser")

	room = e.openRoom(t, "ann-1")
	e.Settings(t, mock.Settings{VisitorsMayNotClose: true})
	refused(t, e.VisitorProtocol(t), typeName, inRoom(room, nil), "Omnichannel_allow_visitors_to_close_conversation", "ROCKETCHAT_AUTH_TOKEN")
	invoke(t, e.Protocol(t), typeName, inRoom(room, nil))
}

func TestSubmitSurveyAction(t *testing.T) {
	t.Parallel()
	const typeName = "chat_rocketchat_submit_survey"
	e, room := startChat(t)
	p := e.VisitorProtocol(t)
	told := invoke(t, p, typeName, inRoom(room, acctest.Object{"satisfaction": 5, "agent_knowledge": 4, "agent_responsiveness": 3, "agent_friendliness": 1, "additional_feedback": "Thanks"}))
	if told != "Rocket.Chat took the answers additionalFeedback, agentFriendliness, agentKnowledge, agentResposiveness, satisfaction." {
		t.Error(told)
	}
	if got := e.Snapshot().Room(room).Survey; got["agentResposiveness"] != "3" || got["satisfaction"] != "5" || got["additionalFeedback"] != "Thanks" {
		t.Errorf("the survey is %v", got)
	}
	e.wantCalls(t, "POST /room.survey")
	e.closeRoom(t, "ann-1", room)
	invoke(t, p, typeName, inRoom(room, acctest.Object{"satisfaction": 2})) // of a closed room, and once more

	refused(t, p, typeName, inRoom(room, nil), "Missing Attribute Configuration", "satisfaction")
	refused(t, p, typeName, inRoom(room, acctest.Object{"satisfaction": 6}), "Attribute satisfaction value must be between 1 and 5, got: 6")
	refused(t, p, typeName, inRoom("nowhere", acctest.Object{"satisfaction": 1}), "There is no such Rocket.Chat room of this visitor")

	// A survey may have other questions.
	e.Faults(t, control.FaultRule{Method: "POST", Path: "/room.survey$", Status: 200, Body: `{"rid":"x","data":{"satisfaction":"1"},"success":true}`})
	_, problems := p.Invoke(t.Context(), typeName, inRoom(room, acctest.Object{"satisfaction": 1, "agent_knowledge": 1}))
	onlyWarning(t, problems, "Rocket.Chat dropped answers of the survey", "agentKnowledge", "survey_items")
}

func TestUploadFileAction(t *testing.T) {
	t.Parallel()
	const typeName = "chat_rocketchat_upload_file"
	e, room := startChat(t)
	p := e.VisitorProtocol(t)
	path := filepath.Join(t.TempDir(), "note.txt")
	if err := os.WriteFile(path, []byte("some words"), 0o600); err != nil {
		t.Fatal(err)
	}
	invoke(t, p, typeName, inRoom(room, acctest.Object{"source": path}))
	invoke(t, p, typeName, inRoom(room, acctest.Object{"source": path, "name": "words.md", "content_type": "text/markdown", "description": "As promised"}))
	var files []mock.FileState
	for _, message := range e.Snapshot().Messages {
		if message.File != nil {
			files = append(files, *message.File)
		}
	}
	if len(files) != 2 || files[0].Name != "note.txt" || files[0].Type != "text/plain" || files[0].Size != 10 ||
		files[1].Name != "words.md" || files[1].Type != "text/markdown" || files[1].Description != "As promised" {
		t.Errorf("the files are %+v", files)
	}
	e.wantCalls(t, "POST /upload/"+room, "POST /upload/"+room)

	refused(t, p, typeName, inRoom(room, acctest.Object{"source": path + ".missing"}), "Can't read the file", "no such file")
	refused(t, p, typeName, inRoom(room, acctest.Object{"source": filepath.Dir(path)}), "Not a file")
	e.wantCalls(t)
	for settings, want := range map[*mock.Settings]string{
		{NoUploads: true}:                    "FileUpload_Enabled",
		{MaxUpload: 5}:                       "FileUpload_MaxFileSize",
		{UploadTypes: []string{"image/png"}}: "FileUpload_MediaTypeWhiteList",
	} {
		e.Settings(t, *settings)
		refused(t, p, typeName, inRoom(room, acctest.Object{"source": path}), "Can't upload "+path, want)
	}
	e.Settings(t, mock.Settings{})
	e.closeRoom(t, "ann-1", room)
	refused(t, p, typeName, inRoom(room, acctest.Object{"source": path}), "the room is closed, or not the visitor's")
}

func TestSendOfflineMessageAction(t *testing.T) {
	t.Parallel()
	const typeName = "chat_rocketchat_send_offline_message"
	e := startTenant(t)
	p := e.VisitorProtocol(t)
	message := acctest.Object{"name": "Ann", "email": "ann@example.com", "message": "Call me", "department": "Support", "host": "https://example.com"}
	if told := invoke(t, p, typeName, message); told != "Rocket.Chat says: Livechat offline message sent." {
		t.Error(told)
	}
	mails := e.Snapshot().Mails
	if len(mails) != 1 || mails[0].Kind != "offline message" || mails[0].Text != "Call me" || mails[0].Department != "Support" || mails[0].Host != "https://example.com" {
		t.Errorf("the mails are %+v", mails)
	}
	e.wantCalls(t, "POST /offline.message")
	refused(t, p, typeName, with(message, acctest.Object{"email": "ann"}), "Attribute email must be an e-mail address")
	e.Settings(t, mock.Settings{MailFails: true})
	refused(t, p, typeName, message, "Can't send an offline message to Rocket.Chat", "Error sending")
}

func TestTransferRoomAction(t *testing.T) {
	t.Parallel()
	const typeName = "chat_rocketchat_transfer_room"
	e, room := startChat(t)
	p := e.VisitorProtocol(t)
	invoke(t, p, typeName, inRoom(room, acctest.Object{"department_id": mock.SalesID}))
	if state := e.Snapshot().Room(room); state.DepartmentID != mock.SalesID || state.ServedBy != mock.BobID {
		t.Errorf("the room is %+v", state)
	}
	e.wantCalls(t, "POST /visitor/department.transfer")
	refused(t, p, typeName, inRoom(room, acctest.Object{"department_id": "Support"}), "There is no such Rocket.Chat department")
	refused(t, p, typeName, inRoom("nowhere", acctest.Object{"department_id": mock.SupportID}), "There is no such Rocket.Chat room of this visitor")
	refused(t, p, typeName, inRoom(room, acctest.Object{"department_id": mock.SalesID}), "Can't transfer Rocket.Chat room "+room, "error-forwarding-chat-same-department")
	e.closeRoom(t, "ann-1", room)
	refused(t, p, typeName, inRoom(room, acctest.Object{"department_id": mock.SupportID}), "Can't transfer Rocket.Chat room "+room, "the room is closed")
}

func TestSendTranscriptAction(t *testing.T) {
	t.Parallel()
	const typeName = "chat_rocketchat_send_transcript"
	e, room := startChat(t)
	p := e.VisitorProtocol(t)
	to := inRoom(room, acctest.Object{"email": "boss@example.com"})
	if told := invoke(t, p, typeName, to); told != "Rocket.Chat says: Livechat transcript sent." {
		t.Error(told)
	}
	if mails := e.Snapshot().Mails; len(mails) != 1 || mails[0].Email != "boss@example.com" || mails[0].RoomID != room {
		t.Errorf("the mails are %+v", mails)
	}
	e.wantCalls(t, "POST /transcript")
	refused(t, p, typeName, with(to, acctest.Object{"room_id": "nowhere"}), "Can't send the transcript of Rocket.Chat room nowhere")
	e.Settings(t, mock.Settings{MailFails: true})
	refused(t, p, typeName, to, "Error sending Omnichannel transcript")
}

// What would be done twice is done once; where the answer is lost, nobody knows,
// and the error says so.
func TestActions_faults(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "note.txt")
	if err := os.WriteFile(path, []byte("some words"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, fault := range faults {
		t.Run(fault.name, func(t *testing.T) {
			t.Parallel()
			e, room := startChat(t)
			p := e.VisitorProtocol(t)
			for typeName, test := range map[string]struct {
				config acctest.Object
				path   string
			}{
				"chat_rocketchat_upload_file":          {inRoom(room, acctest.Object{"source": path}), "/upload/"},
				"chat_rocketchat_send_offline_message": {acctest.Object{"name": "Ann", "email": "ann@example.com", "message": "Call me"}, "/offline.message$"},
				"chat_rocketchat_send_transcript":      {inRoom(room, acctest.Object{"email": "boss@example.com"}), "/transcript$"},
			} {
				e.Faults(t, fault.on("POST", test.path))
				e.ResetRequests()
				_, problems := p.Invoke(t.Context(), typeName, test.config)
				sent := e.Count("POST", test.path)
				limited := strings.HasPrefix(fault.name, "429")
				if limited != (problems == nil) || !limited && sent != 1 {
					t.Errorf("%s was sent %d times, and says %q", typeName, sent, problems)
				}
				if strings.Contains(fault.name, "after commit") && !mentions(problems, "It is not known whether that was done") {
					t.Errorf("%s does not say that nobody knows: %q", typeName, problems)
				}
			}
			for typeName, test := range map[string]struct {
				config acctest.Object
				path   string
			}{
				"chat_rocketchat_submit_survey": {inRoom(room, acctest.Object{"satisfaction": 5}), "/room.survey$"},
				"chat_rocketchat_close_room":    {inRoom(room, nil), "/room.close$"},
			} {
				e.Faults(t, fault.on("POST", test.path))
				_, problems := p.Invoke(t.Context(), typeName, test.config)
				if fault.survived != (problems == nil) {
					t.Errorf("%s: %q", typeName, problems)
				}
			}
		})
	}
}

// A transfer whose answer is lost is looked for.
func TestTransferRoomAction_answerLost(t *testing.T) {
	t.Parallel()
	e, room := startChat(t)
	e.Faults(t, control.FaultRule{Method: "POST", Path: "/visitor/department.transfer$", Times: 1, Drop: "after"})
	invoke(t, e.VisitorProtocol(t), "chat_rocketchat_transfer_room", inRoom(room, acctest.Object{"department_id": mock.SalesID}))
	if n := e.Count("POST", "/visitor/department.transfer$"); n != 1 {
		t.Errorf("it was sent %d times", n)
	}
}

func TestActions_inTerraform(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	acctest.Run(t, resource.TestCase{
		TerraformVersionChecks: []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_14_0)},
		Steps: []resource.TestStep{{
			Config: e.Provider() + annBlock() + supportBlock() + `
action "chat_rocketchat_send_transcript" "support" {
  config {
    room_id       = chat_rocketchat_room.support.id
    visitor_token = chat_rocketchat_visitor.ann.token
    email         = "boss@example.com"
  }
}

resource "terraform_data" "trigger" {
  lifecycle {
    action_trigger {
      events  = [after_create]
      actions = [action.chat_rocketchat_send_transcript.support]
    }
  }
}
`,
			Check: func(*terraform.State) error {
				if mails := e.Snapshot().Mails; len(mails) != 1 {
					t.Errorf("the mails are %+v", mails)
				}
				return nil
			},
		}},
	})
}
