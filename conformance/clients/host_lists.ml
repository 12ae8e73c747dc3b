(* host_lists URI: what a host has, as libvirt's OCaml binding tells it; prints a line each. *)
module C = Libvirt.Connect
module D = Libvirt.Domain
module N = Libvirt.Network
module P = Libvirt.Pool
module V = Libvirt.Volume

let () =
  let host = C.connect_readonly ~name:Sys.argv.(1) () in
  let line kind names = print_endline (kind ^ " " ^ String.concat " " (Array.to_list names)) in
  line "networks" (C.list_networks host (C.num_of_networks host));
  line "pools" (C.list_pools host (C.num_of_pools host));
  print_endline ("secrets " ^ string_of_int (C.num_of_secrets host));
  line "stopped" (C.list_defined_domains host (C.num_of_defined_domains host));
  let network = N.lookup_by_name host "lan" in
  print_endline ("bridge " ^ N.get_bridge_name network);
  let pool = P.lookup_by_name host "tank" in
  line "volumes" (P.list_volumes pool (P.num_of_volumes pool));
  let volume = V.lookup_by_name pool "first" in
  Printf.printf "capacity %Ld\n" (V.get_info volume).V.capacity;
  C.close host
