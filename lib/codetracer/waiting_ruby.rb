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

    # What boot.rb reads behind BEGUN. `result` is what Launcher#run returns where a Ruby waits: the
    # options of the recording, nil for a program that runs without one, or an exit status.
    def self.pack(result, said = "")
      Marshal.dump([result, said])
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
      put(BEGUN) unless @is_begun
      @is_begun = true
    end

    # Yields to what finds the result, and ends the launcher.
    def answer
      $stderr = said = Said.new
      result = yield
      self.begin
      put(WaitingRuby.pack(result, said.text))
      exit!(0)
    ensure
      $stderr = STDERR
    end

    private

    # Where it has ended before its program began, nothing is left to do.
    def put(text)
      @pipe.write(text)
    rescue Errno::EPIPE
      exit!(0)
    end
  end
end
