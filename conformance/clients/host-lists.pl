#!/usr/bin/perl
# host-lists.pl URI: what a host has besides its containers, as libvirt's Perl binding tells it.
use strict;
use warnings;
use Sys::Virt;

my ($uri) = @ARGV;
my $server = Sys::Virt->new(uri => $uri, readonly => 1);
my @networks = $server->list_all_networks;
print 'networks ', join(' ', map { $_->get_name } @networks), ' bridge ', $networks[0]->get_bridge_name,
  ' active ', $networks[0]->is_active, "\n";
my @pools = $server->list_all_storage_pools;
my @volumes = $pools[0]->list_all_volumes;
print 'pools ', join(' ', map { $_->get_name } @pools), ' volumes ', join(' ', map { $_->get_name } @volumes),
  ' capacity ', $volumes[0]->get_info->{capacity}, "\n";
my @computers = grep { $_->get_name eq 'computer' } $server->list_all_node_devices;
my @secrets = $server->list_all_secrets;
my @filters = grep { $_->get_name eq 'clean-traffic' } $server->list_all_nwfilters;
print 'computer ', scalar @computers, ' secrets ', scalar @secrets, ' clean-traffic ', scalar @filters, "\n";
