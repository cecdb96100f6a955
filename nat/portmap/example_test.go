package portmap_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"

	"github.com/visavis-netcode/visavis/nat/portmap"
)

// homeRouter is a router on this computer that opens every port it is asked for by UPnP,
// and says where it hears searches.
func homeRouter() (search netip.AddrPort, off func()) {
	const service = "urn:schemas-upnp-org:service:WANIPConnection:1"
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet { // what it can do
			fmt.Fprintf(w, `<root><device><serviceList><service><serviceType>%s</serviceType>`+
				`<controlURL>/control</controlURL></service></serviceList></device></root>`, service)
			return
		}
		_, action, _ := strings.Cut(strings.Trim(r.Header.Get("SOAPAction"), `"`), "#")
		address := ""
		if action == "GetExternalIPAddress" {
			address = "<NewExternalIPAddress>203.0.113.7</NewExternalIPAddress>"
		}
		_, _ = io.Copy(io.Discard, r.Body)
		fmt.Fprintf(w, `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>`+
			`<u:%[1]sResponse xmlns:u="%[2]s">%[3]s</u:%[1]sResponse></s:Body></s:Envelope>`, action, service, address)
	}))
	udp, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		log.Fatal(err)
	}
	go func() {
		for b := make([]byte, 1500); ; {
			_, from, err := udp.ReadFromUDPAddrPort(b)
			if err != nil {
				return
			}
			answer := "HTTP/1.1 200 OK\r\nST: urn:schemas-upnp-org:device:InternetGatewayDevice:1\r\nLOCATION: " + web.URL + "\r\n\r\n"
			_, _ = udp.WriteToUDPAddrPort([]byte(answer), from)
		}
	}()
	return udp.LocalAddr().(*net.UDPAddr).AddrPort(), func() { udp.Close(); web.Close() }
}

// A port is opened, and closed again.
func Example() {
	search, off := homeRouter()
	defer off()
	m := portmap.Start(portmap.Config{
		Port: 40001, Description: "Lilypad", // of the socket that the game plays on
		Gateway: netip.MustParseAddr("127.0.0.1"), Search: search, // games leave both empty
	})
	<-m.Changed()
	if public, ok := m.Mapped(); ok {
		fmt.Println("others may reach us at", public)
	}
	fmt.Println(m.Status())
	if err := m.Close(context.Background()); err != nil {
		log.Fatal(err)
	}
	fmt.Println(m.Status())
	// Output:
	// others may reach us at 203.0.113.7:40001
	// the router opened port 40001 (UPnP)
	// the port is closed again
}
