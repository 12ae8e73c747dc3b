# host-lists.rb URI: what a host has besides its containers, as libvirt's Ruby binding tells it.
require 'libvirt'

server = Libvirt.open_read_only(ARGV[0])
network = server.lookup_network_by_name('lan')
puts "networks #{server.list_networks.join(' ')} bridge #{network.bridge_name} active #{network.active?}"
pool = server.lookup_storage_pool_by_name('tank')
volume = pool.lookup_volume_by_name('first')
puts "pools #{server.list_storage_pools.join(' ')} volumes #{pool.list_volumes.join(' ')} capacity #{volume.info.capacity}"
computer = server.list_nodedevices.include?('computer')
loopback = server.list_interfaces.select { |name| name == 'lo' }
puts "computer #{computer} secrets #{server.num_of_secrets} interfaces #{loopback.join}"
