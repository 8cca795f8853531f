# A signal handler runs code of the program.
# events: vary (the handler comes when it comes)
def note(signal, list)
  list << signal
end

seen = []
trap("USR1") { |number| note(Signal.signame(number), seen) }
Process.kill(:USR1, Process.pid)
Thread.pass until seen.any?
p seen
trap("USR1", "DEFAULT")
