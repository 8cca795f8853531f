# frozen_string_literal: true

# Whether this process is the one that the recording began in, and what to do when it is a child.
#
# Used by Recorder, before anything is written. Mirrors ext/codetracer_recorder/fork_link.c.
module CodeTracer
  module Pure
    class ForkedChild
      # The block is called as soon as this is a recorded child.
      def initialize(strands, timeline, trace, &on_child)
        @on_child = on_child
        @strands, @timeline, @trace = strands, timeline, trace
        @pid = Process.pid
      end

      def recorded?
        @pid == Process.pid || !@trace.on_fork.nil?
      end

      # Whether the trace is this process's, after it was given one. Raises SystemCallError.
      def follow
        return true if @pid == Process.pid
        return false unless @trace.on_fork

        parent_pid, @pid = @pid, Process.pid
        @trace.on_fork.call(parent_pid)
        @strands.switch unless @strands.here?
        @timeline.switch_to(@strands.current)
        @timeline.branch(@strands.all)
        @on_child&.call
        true
      end
    end
  end
end
