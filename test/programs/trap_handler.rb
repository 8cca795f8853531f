# A signal handler runs code of the program: at once, when the program signals itself.
def note(signal, list)
  list << signal
end

seen = []
trap("USR1") { |number| note(Signal.signame(number), seen) }
Process.kill(:USR1, Process.pid)
p seen
trap("USR1", "DEFAULT")
