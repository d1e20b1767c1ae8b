package hub

// roster is who is in a room, encoded for those who join: in a storm of them each is
// told what the last one was, and of who came since.
type roster struct {
	users []Participant // shared
	json  []byte        // of them, without the brackets; added to, never changed
}

// present returns users, whom the layer has said to be there, with their encoding.
func (r *roster) present(users []Participant) Present {
	switch {
	case !r.began(users): // somebody left
		*r = roster{json: make([]byte, 0, len(users)*aboutUser)}
	case len(users) < len(r.users): // another one, who asked later, was faster
		users = r.users
	}
	for i := len(r.users); i < len(users); i++ {
		if i > 0 {
			r.json = append(r.json, ',')
		}
		r.json = appendParticipant(r.json, &users[i])
	}
	r.users = users
	return Present{Count: len(users), Users: users, encoded: *r}
}

// began reports whether users is the list of the roster, of earlier or later.
func (r *roster) began(users []Participant) bool {
	return len(users) > 0 && len(r.users) > 0 && &users[0] == &r.users[0]
}

// lists reports whether the roster is that of users.
func (r *roster) lists(users []Participant) bool {
	return r.began(users) && len(users) == len(r.users)
}
