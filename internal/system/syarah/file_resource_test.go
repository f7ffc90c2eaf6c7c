package syarah_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
	"github.com/chattenant/terraform-provider-chat/internal/mock/control"
	mock "github.com/chattenant/terraform-provider-chat/internal/mock/syarah"
)

const (
	fileType = "chat_syarah_file"
	fileName = "chat_syarah_file.rules"
)

// png is the beginning of a picture, which is enough to pass for one.
const png = "\x89PNG\r\n\x1a\n"

func rulesBlock(source, messageType string) string {
	return fmt.Sprintf(`
resource "chat_syarah_file" "rules" {
  source       = %q
  message_type = %q
}
`, source, messageType)
}

func hashOf(content string) string {
	sum := sha256.Sum256([]byte(content))
	return hex.EncodeToString(sum[:])
}

// uploads are the paths of what the server holds.
func (e tenant) uploads() []string {
	paths := []string{}
	for _, upload := range e.Snapshot().Uploads {
		paths = append(paths, upload.Path)
	}
	return paths
}

func TestFile_life(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	source := writeFile(t, "rules.txt", "Be kind.")
	elsewhere := writeFile(t, "rules.txt", "Be kind.")
	renamed := writeFile(t, "Rules.txt", "Be kind.")
	rewrite := func() {
		if err := os.WriteFile(renamed, []byte("Be brief."), 0o600); err != nil {
			t.Error(err)
		}
	}
	holds := func(count int, last mock.UploadState) resource.TestCheckFunc {
		return func(*terraform.State) error {
			uploads := e.Snapshot().Uploads
			if len(uploads) != count {
				return fmt.Errorf("the uploads are %+v", uploads)
			}
			last.Path = uploads[count-1].Path
			if uploads[count-1] != last {
				return fmt.Errorf("the last upload is %+v, want %+v", uploads[count-1], last)
			}
			return nil
		}
	}
	upload := mock.UploadState{Type: 3, Name: "rules.txt", Size: 8, SHA256: hashOf("Be kind."), UserID: mock.UserID}
	second, third, fourth := upload, upload, upload
	second.Name, third.Name, fourth.Name = "Rules.txt", "Rules.txt", "Rules.txt"
	third.Size, third.SHA256 = 9, hashOf("Be brief.")
	fourth.Size, fourth.SHA256, fourth.Type = 9, hashOf("Be brief."), 2
	acctest.Run(t, resource.TestCase{
		Steps: []resource.TestStep{
			{
				Config: e.Provider() + rulesBlock(source, "file"),
				Check: resource.ComposeTestCheckFunc(
					resource.TestCheckResourceAttr(fileName, "content_sha256", hashOf("Be kind.")),
					resource.TestMatchResourceAttr(fileName, "path", says("/uploads/chat-messages/files/")),
					holds(1, upload)),
			},
			// Another folder is the same file.
			{Config: e.Provider() + rulesBlock(elsewhere, "file"), ConfigPlanChecks: expect(fileName, plancheck.ResourceActionUpdate), Check: holds(1, upload)},
			{Config: e.Provider() + rulesBlock(renamed, "file"), ConfigPlanChecks: expect(fileName, plancheck.ResourceActionReplace), Check: holds(2, second)},
			{
				PreConfig: rewrite, Config: e.Provider() + rulesBlock(renamed, "file"),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction(fileName, plancheck.ResourceActionReplace),
					plancheck.ExpectUnknownValue(fileName, tfjsonpath.New("path")),
				}},
				Check: holds(3, third),
			},
			{Config: e.Provider() + rulesBlock(renamed, "image"), ConfigPlanChecks: expect(fileName, plancheck.ResourceActionReplace), ExpectError: says("The file is not an image")},
			{Config: e.Provider() + rulesBlock(renamed, "file"), Check: holds(4, third)},
		},
		CheckDestroy: func(*terraform.State) error {
			if uploads := e.uploads(); len(uploads) != 4 {
				return fmt.Errorf("the uploads are %q: Syarah deletes none", uploads)
			}
			return nil
		},
	})
}

// The creation is one call, and nothing else makes any. What the server makes of
// an image is not compared with the file.
func TestFile_calls(t *testing.T) {
	t.Parallel()
	for name, settings := range styles {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := startTenant(t)
			e.Settings(t, settings)
			p := e.Protocol(t)
			logo := acctest.Object{"source": writeFile(t, "logo.png", png), "message_type": "image"}
			file := p.Apply(t.Context(), fileType, logo, nil)
			path := text(file.State, "path")
			if file.Problems != nil || !strings.HasSuffix(path, ".webp") || text(file.State, "content_sha256") != hashOf(png) {
				t.Fatalf("%v %q", file.State, file.Problems)
			}
			e.wantCalls(t, uploading)
			read := p.Refresh(t.Context(), fileType, file)
			changed := p.Apply(t.Context(), fileType, with(logo, acctest.Object{"timeouts": acctest.Object{"create": "1h"}}), &read)
			if read.Problems != nil || !reflect.DeepEqual(read.State, file.State) || changed.Problems != nil || text(changed.State, "path") != path {
				t.Errorf("read %v %q, changed to %v %q", read.State, read.Problems, changed.State, changed.Problems)
			}
			destroyed := p.Apply(t.Context(), fileType, nil, &changed)
			onlyWarning(t, destroyed.Problems, "Syarah upload "+path+" stays on the server", "Syarah has no call that deletes uploads", text(logo, "source"))
			if destroyed.State != nil {
				t.Errorf("the destroy left %v", destroyed.State)
			}
			e.wantCalls(t)
		})
	}
}

// What the vendor's page rules out, and what is no file, is told by the plan.
func TestFile_refusedAtPlan(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	p := e.Protocol(t)
	large := func(name string, size int64) string {
		path := writeFile(t, name, "x")
		if err := os.Truncate(path, size); err != nil { // sparse: it takes no room
			t.Fatal(err)
		}
		return path
	}
	for want, config := range map[string]acctest.Object{
		"rules.txt cannot be a file of the type video; its name must end in one of: mp4, avi":   {"source": writeFile(t, "rules.txt", "x"), "message_type": "video"},
		"song.mp4 cannot be a file of the type audio; its name must end in one of: mp3, wav":    {"source": writeFile(t, "song.mp4", "x"), "message_type": "audio"},
		"song.mp3 has 52428801 bytes, but a file of the type audio may have 52428800 at most":   {"source": large("song.mp3", 50<<20+1), "message_type": "audio"},
		"book.pdf has 52428801 bytes, but a file of the type file may have 52428800 at most":    {"source": large("book.pdf", 50<<20+1), "message_type": "file"},
		"film.mp4 has 524288001 bytes, but a file of the type video may have 524288000 at most": {"source": large("film.mp4", 500<<20+1), "message_type": "video"},
		"nothing.txt is empty":                       {"source": writeFile(t, "nothing.txt", ""), "message_type": "file"},
		"it is not a file, but a folder or a device": {"source": t.TempDir(), "message_type": "file"},
	} {
		file := p.Apply(t.Context(), fileType, config, nil)
		onlyProblem(t, file.Problems, "ERROR Can't upload "+text(config, "source")+" to Syarah: The file can't be used: ", want)
	}
	for want, config := range map[string]acctest.Object{
		`value must be one of: ["audio" "image" "file" "video"], got: "text"`: {"source": "x", "message_type": "text"},
		"source string length must be at least 1, got: 0":                     {"source": "", "message_type": "file"},
	} {
		onlyProblem(t, p.Validate(t.Context(), fileType, config), want)
	}
	e.wantCalls(t)
}

// The file may be made in the same run, and may be gone from this machine later:
// neither is an error.
func TestFile_notThere(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	source := filepath.Join(t.TempDir(), "made.txt")
	config := rulesBlock(source, "file")
	w := e.workspace(t, `
resource "terraform_data" "made" {
  provisioner "local-exec" {
    command = "printf made > `+source+`"
  }
}
`+strings.ReplaceAll(config, "}", "  depends_on = [terraform_data.made]\n}"))
	output := apply(w, 1)
	if !says("There is no file "+source).MatchString(output) || len(e.uploads()) != 1 {
		t.Errorf("the uploads are %q, and the apply said:\n%s", e.uploads(), output)
	}
	w.MustPlanEmpty()
	if err := os.Remove(source); err != nil {
		t.Fatal(err)
	}
	w.MustPlanEmpty()
	if output := w.Must("plan", "-no-color"); !says("It can't be seen whether it has changed since it was uploaded to " + e.uploads()[0]).MatchString(output) {
		t.Errorf("the plan does not warn:\n%s", output)
	}

	missing := e.Protocol(t).Apply(t.Context(), fileType, acctest.Object{"source": source, "message_type": "file"}, nil)
	if missing.State != nil || !mentions(missing.Problems, "ERROR Can't upload "+source+" to Syarah: The file can't be used: no such file or directory.") {
		t.Errorf("%v %q", missing.State, missing.Problems)
	}
}

// A file may change between the plan and the apply: what is uploaded is what the
// state tells of.
func TestFile_changedAfterThePlan(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	source := writeFile(t, "rules.txt", "Be kind.")
	w := e.workspace(t, rulesBlock(source, "file"))
	for i, content := range []string{"Be quick.", "Be brief."} {
		w.Must("plan", "-no-color", "-input=false", "-out=saved.plan")
		if err := os.WriteFile(source, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			w.Must("apply", "-no-color", "-input=false", "saved.plan")
		} else { // nothing was planned
			apply(w, 1)
		}
		w.MustPlanEmpty()
		uploads := e.Snapshot().Uploads
		if len(uploads) != i+1 || uploads[i].SHA256 != hashOf(content) {
			t.Errorf("the uploads are %+v", uploads)
		}
	}
}

// A path that is known after apply blocks no plan, and is checked then.
func TestFile_unknownSource(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	source := writeFile(t, "rules.txt", "Be kind.")
	config := func(input string) string {
		return e.Provider() + fmt.Sprintf(`
resource "terraform_data" "source" {
  input = %q
}
resource "chat_syarah_file" "rules" {
  source       = terraform_data.source.output
  message_type = "file"
}
`, input)
	}
	acctest.Run(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: config(source), Check: resource.TestCheckResourceAttr(fileName, "content_sha256", hashOf("Be kind."))},
		{Config: config(writeFile(t, "rules.txt", "Be brief.")), ConfigPlanChecks: expect(fileName, plancheck.ResourceActionReplace), Check: resource.TestCheckResourceAttr(fileName, "content_sha256", hashOf("Be brief."))},
	}})
}

// Each fault is told, and survived only where the upload surely did not arrive:
// nothing would find a second one.
func TestFile_faults(t *testing.T) {
	t.Parallel()
	certain := map[string]bool{"429 with Retry-After": true, "429": true}
	for _, fault := range restFaults {
		t.Run(fault.name, func(t *testing.T) {
			t.Parallel()
			e := startTenant(t)
			e.Faults(t, fault.on("POST", "uploadFile"))
			source := writeFile(t, "rules.txt", "Be kind.")
			file := e.Protocol(t).Apply(t.Context(), fileType, acctest.Object{"source": source, "message_type": "file"}, nil)
			uncertain := fault.survived && !certain[fault.name]
			if uncertain {
				fault.survived, fault.want = false, "The file may be on the server all the same, under a path that nobody knows"
			}
			if strings.Contains(fault.name, "after commit") {
				fault.want = "The file may be on the server all the same"
			}
			checkFault(t, fault, file.Problems, "Can't upload "+source+" to Syarah")
			if (file.State != nil) != fault.survived || len(e.Requests()) > 1 && !fault.survived {
				t.Errorf("the state is %v after %d calls", file.State, len(e.Requests()))
			}
		})
	}
}

// The mock is told how a large upload ends: the vendor's limits are not the only
// ones.
func TestFile_refusedByTheServer(t *testing.T) {
	t.Parallel()
	e := startTenant(t)
	e.Settings(t, mock.Settings{FileLimit: 3})
	file := e.Protocol(t).Apply(t.Context(), fileType, acctest.Object{"source": writeFile(t, "rules.txt", "Be kind."), "message_type": "file"}, nil)
	onlyProblem(t, file.Problems, "The file has more than 3 bytes", "Syarah refused a value. Correct it in the configuration and apply again.")
	e.Faults(t, control.FaultRule{Path: "uploadFile", Status: 400, Body: `{"error":{"message":"Your request is not valid!","validationErrors":[{"message":"The file is infected.","members":["file"]}]}}`})
	file = e.Protocol(t).Apply(t.Context(), fileType, acctest.Object{"source": writeFile(t, "rules.txt", "Be kind."), "message_type": "file"}, nil)
	onlyProblem(t, file.Problems, "The file is infected.")
}
