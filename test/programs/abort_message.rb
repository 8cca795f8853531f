# abort prints and ends with 1; ensure runs.
def stop
  abort "aborted: reason"
ensure
  warn "ensure"
end

stop
