import assert from "node:assert/strict";
import { test } from "node:test";
import { isPublicAddress } from "../../src/upstream/public-address.ts";

test("addresses of the public network are public", () => {
  for (const address of ["1.1.1.1", "93.184.216.34", "172.15.0.1", "172.32.0.1", "100.63.0.1", "100.128.0.1", "223.255.255.255"])
    assert.ok(isPublicAddress(address), address);
  for (const address of ["2606:4700::1111", "2a00:1450:4001::1", "2001:4860:4860::8888", "2001:0200::1"])
    assert.ok(isPublicAddress(address), address);
});

test("no other address is, in whatever form", () => {
  const version4 =
    "0.0.0.0 10.0.0.1 100.64.0.1 100.127.255.255 127.0.0.1 127.255.0.1 169.254.169.254 172.16.0.1 172.31.255.255 " +
    "192.0.0.1 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1 " +
    "239.255.255.255 240.0.0.1 255.255.255.255";
  const version6 =
    ":: ::1 ::ffff:1.1.1.1 ::ffff:7f00:1 ::1.1.1.1 64:ff9b::1.1.1.1 64:ff9b:1::1 100::1 fc00::1 fd12:3456::1 " +
    "fe80::1 fe80::1%eth0 fec0::1 ff02::1 2001::1 2001:db8::1 2002:7f00:1::1 3fff::1 2606:4700::1111%eth0";
  const none = "localhost 2130706433 0x7f.1 127.1 1.1.1.1:443 [::1]";
  const others = ["", version4, version6, none].flatMap((list) => list.split(" "));
  for (const address of others) assert.ok(!isPublicAddress(address), address);
});
