# frozen_string_literal: true

# All threads and fibers that were seen, and which of them runs.
#
# Used by Recorder. A strand is found by its fiber, which is not kept alive for it. Mirrors
# ext/codetracer_recorder/strand_table.c.
require_relative "strand"

module CodeTracer
  module Pure
    class StrandTable
      PURGE_MIN = 256

      attr_reader :main, :current

      def initialize
        @main = Strand.new(0, is_fiber: false)
        @strands = { 0 => @main }
        @threads = { Thread.current => [0] }.compare_by_identity # its strands' numbers
        @last = {}.compare_by_identity # thread → the fiber of it that ran last, and its strand
        @ids = make_ids # fiber → id
        @ids[Fiber.current] = 0
        @count = 1
        @purge_size = PURGE_MIN
        @current = @main
        @current_fiber = Fiber.current
      end

      # In order of their numbers.
      def all
        @strands.values
      end

      # Whether the running fiber is the current strand. hot
      def here?
        Fiber.current.equal?(@current_fiber)
      end

      # Whether any event came of the running fiber: a library's own thread is no strand.
      def known_here?
        here? || @ids.key?(Fiber.current)
      end

      # Threads that ended while nobody told.
      def forget_dead_threads
        [@threads, @last].each { |known| known.delete_if { |thread, _| !thread.alive? } }
      end

      # The running fiber's strand, or nil.
      def known
        @strands[@ids[Fiber.current]]
      end

      # Makes the running fiber's strand the current one. [strand, whether it is new, the strand of
      # a fiber that has run to its end, or nil]
      def switch
        fiber = Fiber.current
        id = @ids[fiber]
        finished = delete_finished(fiber)
        strand = @strands[id] || make(fiber)
        @current, @current_fiber = strand, fiber
        @last[Thread.current] = [fiber, strand]
        strand.is_resumed = true
        [strand, id.nil?, finished]
      end

      # The running thread ends, and its fibers with it: their strands, its own the last. None for
      # one that was never seen, or the main one.
      def delete_here
        ids = @threads.delete(Thread.current) || []
        @last.delete(Thread.current)
        strand = @strands[@ids[Fiber.current]]
        return [] if strand.nil? || strand.equal?(@main)

        @current, @current_fiber = @main, nil if ids.include?(@current.id)
        (ids - [strand.id] + [strand.id]).map { |id| @strands.delete(id) }.compact
      end

      private

      # Of the running thread's fibers the one that ran before this one, if it has ended.
      def delete_finished(fiber)
        last, strand = @last[Thread.current]
        return if last.nil? || last.equal?(fiber) || !strand.fiber? || last.alive?

        @strands.delete(strand.id)
      end

      # JRuby's WeakMap takes no numbers; there a fiber is kept.
      def make_ids
        RUBY_ENGINE == "jruby" ? {}.compare_by_identity : ObjectSpace::WeakMap.new
      end

      def make(fiber)
        strand = Strand.new(@count, is_fiber: @threads.key?(Thread.current))
        (@threads[Thread.current] ||= []) << @count
        @strands[@count] = strand
        @ids[fiber] = @count
        @count += 1
        purge if @strands.size > @purge_size
        strand
      end

      # Fibers that the GC has taken left their strands behind; those with open calls stay.
      def purge
        alive = @ids.values.map { |id| [id, true] }.to_h
        @strands.select! { |id, strand| !strand.frames.empty? || alive.key?(id) || id.zero? }
        @purge_size = [PURGE_MIN, @strands.size * 2].max
      end
    end
  end
end
