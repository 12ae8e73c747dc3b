#!/usr/bin/perl
# lifecycle.pl URI ROOT: takes a container with the root tree ROOT through its life with libvirt's Perl binding; prints what
# happened, a line each.
use strict;
use warnings;
use Sys::Virt;

my ($uri, $root) = @ARGV;
my $server = Sys::Virt->new(uri => $uri);
my $domain = $server->define_domain("<domain type='lxc'>
  <name>perl</name>
  <memory unit='MiB'>64</memory>
  <os><type>exe</type><init>/sbin/init</init></os>
  <features><privnet/></features>
  <devices>
    <filesystem type='mount'><source dir='$root'/><target dir='/'/></filesystem>
    <console type='pty'/>
  </devices>
</domain>");
$domain->create;
my $info = $domain->get_info;
print "state $info->{state} memory $info->{maxMem}\n";
my ($running) = grep { $_->get_name eq 'perl' } $server->list_all_domains(Sys::Virt::Domain::LIST_ACTIVE);
print 'running ', $running->get_name, "\n";
$domain->destroy;
$domain->undefine;
eval { $server->get_domain_by_name('perl') };
print 'error ', $@->code, ' of ', $@->domain, "\n";
