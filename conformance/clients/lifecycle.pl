#!/usr/bin/perl
# lifecycle.pl URI ROOT: takes a container with the root tree ROOT through its life with libvirt's Perl binding and its
# event loop; prints what happened, a line each.
use strict;
use warnings;
use Sys::Virt;
use Sys::Virt::Event;

my ($uri, $root) = @ARGV;
Sys::Virt::Event::register_default();
my $server = Sys::Virt->new(uri => $uri);
my @events;
my $callback = $server->domain_event_register_any(undef, Sys::Virt::Domain::EVENT_ID_LIFECYCLE,
  sub { my (undef, $domain, $event, $detail) = @_; push @events, [$event, $detail] if $domain->get_name eq 'perl' });
my $late = 0;
my $timer = Sys::Virt::Event::add_timeout(60_000, sub { $late = 1 });

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
my ($statistics) = $server->get_all_domain_stats(Sys::Virt::Domain::STATS_STATE, [$domain]);
print 'state in statistics ', $statistics->{data}{'state.state'}, "\n";
$domain->destroy;
$domain->undefine;
eval { $server->get_domain_by_name('perl') };
print 'error ', $@->code, ' of ', $@->domain, "\n";
Sys::Virt::Event::run_default() until @events >= 4 or $late;
print "event @$_\n" for @events;
