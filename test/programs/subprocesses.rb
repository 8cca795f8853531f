# Starts other programs in every way there is, and waits for them.
require "open3"

p system("exit 3"), $?.exitstatus
p system({ "WORD" => "it's" }, "sh", "-c", "test \"$WORD\" = \"it's\"", err: File::NULL)
p system("no such program, surely"), $?.exitstatus
p `echo hello; exit 1`, $?.exitstatus
p %x(printf '%s' "a b")

Process.wait(spawn("true"))
Process.wait2(Process.spawn("kill -9 $$"))
p $?.signaled?, $?.termsig

p IO.popen(["echo", "two words"], &:read), IO.popen("true").close, $?.success?

p Open3.capture2e("sh", "-c", "echo out; echo err >&2").first
p Process.detach(spawn(["true", "liar"])).value.exitstatus
Process.detach(spawn("exit 5")).join.join

fork { exit!(4) }
p Process.waitall.map(&:last).map(&:exitstatus)

class Command
  def to_str
    @asked = (@asked || 0) + 1
    "exit #{@asked}"
  end
end
p system(Command.new), $?.exitstatus

begin
  spawn("no_such_program_surely")
rescue SystemCallError => e
  p e.class
end
exec "echo", "the end"
