# lifecycle.rb URI ROOT: takes a container with the root tree ROOT through its life with libvirt's Ruby binding, which
# trusts ids and asks with the oldest calls; prints what happened, a line each.
require 'libvirt'

uri, root = ARGV
server = Libvirt.open(uri)
domain = server.define_domain_xml("<domain type='lxc'>
  <name>ruby</name>
  <memory unit='MiB'>64</memory>
  <os><type>exe</type><init>/sbin/init</init></os>
  <features><privnet/></features>
  <devices>
    <filesystem type='mount'><source dir='#{root}'/><target dir='/'/></filesystem>
    <console type='pty'/>
  </devices>
</domain>")
puts "type #{server.type} stopped #{server.list_defined_domains.include?('ruby')}"
domain.create
puts "found by id #{server.lookup_domain_by_id(domain.id).name} listed #{server.list_domains.include?(domain.id)}"
puts "state #{domain.info.state} memory #{domain.info.max_mem} persistent #{domain.persistent?}"
domain.autostart = true
puts "autostart #{domain.autostart?}"
domain.suspend
puts "paused #{domain.state.inspect}"
domain.resume
domain.destroy
domain.undefine
begin
  server.lookup_domain_by_name('ruby')
rescue Libvirt::RetrieveError => error
  puts "error #{error.libvirt_code}"
end
