# frozen_string_literal: true

# The independent reader of traces, kept running: it takes Python longer to start than to read most.
#
# Used by RecorderCase, by one thread at a time.
require "json"

class Oracle
  SERVER = File.expand_path("../oracle/serve.py", __dir__)
  Answer = Struct.new(:status, :out)
  LOCK = Mutex.new
  private_constant :LOCK

  # What `ct_oracle.py WORDS` ends with and prints.
  def self.ask(*words)
    LOCK.synchronize { (@oracle ||= new).ask(words) }
  end

  def initialize
    @pipe = IO.popen(["python3", SERVER], "r+b")
  end

  def ask(words)
    @pipe.puts(JSON.generate(words))
    status, size = @pipe.gets.split.map(&:to_i)
    Answer.new(status, @pipe.read(size).force_encoding("UTF-8"))
  end
end
