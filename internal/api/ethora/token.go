package ethora

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Purposes of the keys that are derived from an app secret (ethora-api.md §2.2
// [sdk]).
const (
	serverPurpose = "ethora:server:v1"
	clientPurpose = "ethora:client:v1"
)

// The order of the fields is the order of the keys in the vendor's tokens.
type serverClaims struct {
	Data struct {
		AppID string `json:"appId"`
		Type  string `json:"type"`
	} `json:"data"`
	jwt.RegisteredClaims
}

type clientClaims struct {
	Data struct {
		Type   string `json:"type"`
		UserID string `json:"userId"`
		AppID  string `json:"appId"`
	} `json:"data"`
	jwt.RegisteredClaims
}

// DeriveKey returns the signing key for a purpose, "ethora:server:v1" or
// "ethora:client:v1": 64 lower-case hex digits of an HMAC-SHA256 keyed with the
// app secret (ethora-api.md §2.2 [sdk]). The key is used as text, not as the 32
// bytes it spells.
func DeriveKey(appSecret, purpose string) string {
	mac := hmac.New(sha256.New, []byte(appSecret))
	mac.Write([]byte(purpose))
	return hex.EncodeToString(mac.Sum(nil))
}

// ServerToken returns the HS256 token that a backend shows to the API
// (ethora-api.md §2.2 [sdk]). With ttl 0 the token has no expiry.
func ServerToken(appID, appSecret string, issued time.Time, ttl time.Duration) (string, error) {
	if err := checkSigner(appID, appSecret, ttl); err != nil {
		return "", err
	}
	claims := serverClaims{RegisteredClaims: lifetime(issued, ttl)}
	claims.Data.AppID = appID
	claims.Data.Type = "server"
	return sign(claims, DeriveKey(appSecret, serverPurpose))
}

// ClientToken returns the HS256 token that a user's client exchanges for a
// session (ethora-api.md §2.2 [sdk]). userID is the plain id given when the
// user was created. With ttl 0 the token has no expiry.
func ClientToken(appID, appSecret, userID string, issued time.Time, ttl time.Duration) (string, error) {
	if err := checkSigner(appID, appSecret, ttl); err != nil {
		return "", err
	}
	if userID == "" {
		return "", fmt.Errorf("cannot sign a client token for app %s: the user id is empty", appID)
	}
	claims := clientClaims{RegisteredClaims: lifetime(issued, ttl)}
	claims.Data.Type = "client"
	claims.Data.UserID = PlainID(appID, userID)
	claims.Data.AppID = appID
	return sign(claims, DeriveKey(appSecret, clientPurpose))
}

// ServerToken signs a server token with the client's own credentials.
func (c *Client) ServerToken(issued time.Time, ttl time.Duration) (string, error) {
	return ServerToken(c.config.AppID, c.config.AppSecret, issued, ttl)
}

// ClientToken signs a client token with the client's own credentials.
func (c *Client) ClientToken(userID string, issued time.Time, ttl time.Duration) (string, error) {
	return ClientToken(c.config.AppID, c.config.AppSecret, userID, issued, ttl)
}

func checkSigner(appID, appSecret string, ttl time.Duration) error {
	switch {
	case appID == "":
		return fmt.Errorf("cannot sign a token: the app id is empty")
	case appSecret == "":
		return fmt.Errorf("cannot sign a token for app %s: the app secret is empty", appID)
	case ttl < 0:
		return fmt.Errorf("cannot sign a token for app %s: the lifetime %s is negative", appID, ttl)
	}
	return nil
}

func lifetime(issued time.Time, ttl time.Duration) jwt.RegisteredClaims {
	claims := jwt.RegisteredClaims{IssuedAt: jwt.NewNumericDate(issued)}
	if ttl > 0 {
		claims.ExpiresAt = jwt.NewNumericDate(issued.Add(ttl))
	}
	return claims
}

func sign(claims jwt.Claims, key string) (string, error) {
	return jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte(key))
}
