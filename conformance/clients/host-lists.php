<?php
// host-lists.php URI: what a host has besides its containers, as libvirt's PHP binding tells it.
$server = libvirt_connect($argv[1], true) or die(libvirt_get_last_error() . "\n");
$network = libvirt_network_get($server, 'lan');
echo 'networks ', implode(' ', libvirt_list_networks($server)), ' bridge ', libvirt_network_get_bridge($network),
    ' active ', libvirt_network_get_active($network), "\n";
$pool = libvirt_storagepool_lookup_by_name($server, 'tank');
$volume = libvirt_storagevolume_lookup_by_name($pool, 'first');
echo 'pools ', implode(' ', libvirt_list_storagepools($server)),
    ' volumes ', implode(' ', libvirt_storagepool_list_volumes($pool)),
    ' capacity ', libvirt_storagevolume_get_info($volume)['capacity'], "\n";
echo 'computer ', in_array('computer', libvirt_list_nodedevs($server)) ? 'true' : 'false',
    ' filter ', in_array('clean-traffic', libvirt_list_nwfilters($server)) ? 'true' : 'false', "\n";
