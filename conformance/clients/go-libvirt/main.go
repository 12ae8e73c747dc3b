// Takes a container through its life with go-libvirt, which speaks the protocol on its own, without libvirt's library.
// Usage: main SOCKET ROOT. Prints what happened, a line each.
package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/digitalocean/go-libvirt"
	"github.com/digitalocean/go-libvirt/socket/dialers"
)

const name = "golang"

const document = `<domain type='lxc'>
  <name>` + name + `</name>
  <memory unit='MiB'>64</memory>
  <os><type>exe</type><init>/sbin/init</init></os>
  <features><privnet/></features>
  <devices>
    <filesystem type='mount'><source dir='%s'/><target dir='/'/></filesystem>
    <console type='pty'/>
  </devices>
</domain>`

// check ends the program: everything here has to succeed.
func check(doing string, err error) {
	if err != nil {
		fmt.Printf("%s: %v\n", doing, err)
		os.Exit(1)
	}
}

// watcher keeps a console's output until the text it waits for has come.
type watcher struct {
	mutex sync.Mutex
	seen  bytes.Buffer
	text  string
	found chan struct{}
}

func (w *watcher) Write(output []byte) (int, error) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.seen.Write(output)
	if w.found != nil && strings.Contains(w.seen.String(), w.text) {
		close(w.found)
		w.found = nil
	}
	return len(output), nil
}

func main() {
	server := libvirt.NewWithDialer(dialers.NewLocal(dialers.WithSocket(os.Args[1])))
	check("connect", server.ConnectToURI("lxc:///"))
	kind, err := server.ConnectGetType()
	check("type", err)
	fmt.Println("type", kind)

	context, cancel := context.WithCancel(context.Background())
	events, err := server.LifecycleEvents(context)
	check("events", err)

	domain, err := server.DomainDefineXML(fmt.Sprintf(document, os.Args[2]))
	check("define", err)
	check("create", server.DomainCreate(domain))
	domains, _, err := server.ConnectListAllDomains(1, libvirt.ConnectListDomainsActive)
	check("list", err)
	for _, listed := range domains {
		if listed.Name == name {
			fmt.Println("running", listed.Name)
		}
	}
	state, memory, _, _, _, err := server.DomainGetInfo(domain)
	check("info", err)
	fmt.Println("info", state, memory)
	text, err := server.DomainGetXMLDesc(domain, 0)
	check("xml", err)
	fmt.Println("xml", strings.HasPrefix(text, "<domain type='lxc' id='"))

	console := &watcher{text: "BUSYBOX-CONTAINER-READY", found: make(chan struct{})}
	found := console.found
	go server.DomainOpenConsole(domain, nil, console, 0)
	select {
	case <-found:
		fmt.Println("console")
	case <-time.After(60 * time.Second):
		fmt.Println("console: nothing")
	}

	check("destroy", server.DomainDestroy(domain))
	check("undefine", server.DomainUndefine(domain))
	for i := 0; i < 4; i++ {
		select {
		case event := <-events:
			fmt.Println("event", event.Dom.Name, event.Event, event.Detail)
		case <-time.After(60 * time.Second):
			fmt.Println("event: none")
		}
	}
	_, err = server.DomainLookupByName(name)
	fmt.Println("gone", libvirt.IsNotFound(err))
	cancel()
	check("disconnect", server.Disconnect())
}
