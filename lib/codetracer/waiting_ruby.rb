# frozen_string_literal: true

# The program's Ruby that was started beside the launcher and waits in boot.rb for what it answers.
#
# Used by CLI where command.c has started both. What the launcher would say on standard error is a
# part of the answer, so that nothing is said for a Ruby that has ended meanwhile.
module CodeTracer
  class WaitingRuby
    VARIABLE = "CODETRACER_ANSWER_FD"
    BEGUN = "." # written first, to find out whether anybody reads

    # What takes the place of $stderr.
    class Said
      attr_reader :text

      def initialize
        @text = +""
      end

      def write(*texts)
        texts.each { |text| @text << text.to_s }
      end
    end

    # What boot.rb reads. `result` is what Launcher#run returns where a Ruby waits: the options of
    # the recording, nil for a program that runs without one, or an exit status.
    def self.pack(result, said = "")
      BEGUN.b + Marshal.dump([result, said])
    end

    # nil: the program's Ruby will take this process's place.
    def self.find
      descriptor = ENV.delete(VARIABLE)
      new(IO.for_fd(Integer(descriptor), "wb")) if descriptor
    end

    # `pipe` is its writing end.
    def initialize(pipe)
      @pipe = pipe
      @pipe.close_on_exec = true
      @pipe.sync = true
    end

    # Ends the launcher if nobody waits any more.
    def begin
      @pipe.write(BEGUN) unless @is_begun
      @is_begun = true
    rescue Errno::EPIPE
      exit!(0)
    end

    # Yields to what finds the result, and ends the launcher.
    def answer
      $stderr = said = Said.new
      result = yield
      self.begin
      @pipe.write(WaitingRuby.pack(result, said.text).byteslice(BEGUN.bytesize..-1))
      exit!(0)
    rescue Errno::EPIPE
      exit!(0)
    ensure
      $stderr = STDERR
    end
  end
end
