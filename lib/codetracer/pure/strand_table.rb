# frozen_string_literal: true

# All threads and fibers that were seen and may not be over, and which of them runs.
#
# Used by Recorder. A strand is found by its fiber, which is not kept alive for it. Mirrors
# ext/codetracer_recorder/strand_table.c and strand_end.c.
require_relative "core"
require_relative "strand"

module CodeTracer
  module Pure
    class StrandTable
      FEW_THREADS = 16 # so many are looked at whenever there is a new strand
      MANY_STRANDS = 256 # with fewer no fiber is looked for
      ALIVE = Core.take(Thread, :alive?)
      STATUS = Core.take(Thread, :status)

      attr_reader :main, :current

      def initialize
        @main = Strand.new(0, is_fiber: false)
        @strands = { 0 => @main }
        @running, @main_thread = Thread.current, Thread.main
        @threads = { @running => { 0 => true } }.compare_by_identity # its strands' numbers
        @last = {}.compare_by_identity # thread → the fiber of it that ran last, and its strand
        @ids = make_ids # fiber → id
        @ids[Fiber.current] = 0
        @count = 1
        @thread_limit = @strand_limit = 0
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

      # The running fiber's strand, or nil.
      def known
        @strands[@ids[Fiber.current]]
      end

      # Makes the running fiber's strand the current one. [strand, whether it is new, the strands
      # that turned out to be over]
      def switch
        fiber = Fiber.current
        over = look_back + delete_finished(fiber)
        strand = @strands[@ids[fiber]]
        is_new = strand.nil?
        over += look_around if is_new
        strand ||= make(fiber)
        @current, @current_fiber = strand, fiber
        @last[Thread.current] = [fiber, strand]
        strand.is_resumed = true
        [strand, is_new, over]
      end

      # The running thread ends, and its fibers with it: their strands, its own the last. None for
      # one that was never seen, or the main one.
      def delete_here
        strand = @strands[@ids[Fiber.current]]
        thread = Thread.current
        return delete(thread) unless strand.nil? || strand.equal?(@main)

        @threads.delete(thread)
        @last.delete(thread)
        []
      end

      # The same of all threads that are dead: Ruby tells of no end of one that is killed or fails,
      # before 3.3.
      def delete_dead
        @threads.keys.select { |thread| dead?(thread) }.flat_map { |thread| delete(thread) }
      end

      private

      # One that has its value may still close its fiber scheduler; the main one runs finalizers.
      def dead?(thread)
        !ALIVE.bind_call(thread) && !STATUS.bind_call(thread) && !thread.equal?(@main_thread)
      end

      def delete(thread)
        ids = @threads.delete(thread) || {}
        @last.delete(thread)
        @current, @current_fiber = @main, nil if ids.key?(@current.id)
        ids.delete(0)
        fibers, own = ids.keys.map { |id| @strands.delete(id) }.compact.partition(&:fiber?)
        fibers + own
      end

      # The thread that ran before this one is looked at.
      def look_back
        before, @running = @running, Thread.current
        before.equal?(@running) || !dead?(before) ? [] : delete(before)
      end

      # Before there is a new strand.
      def look_around
        over = []
        if @threads.size <= FEW_THREADS || @threads.size >= @thread_limit
          over = delete_dead
          @thread_limit = @threads.size * 2
        end
        over += purge if @strands.size >= MANY_STRANDS && @strands.size >= @strand_limit
        over
      end

      # Of the running thread's fibers the one that ran before this one, if it has ended.
      def delete_finished(fiber)
        last, strand = @last[Thread.current]
        return [] if last.nil? || last.equal?(fiber) || !strand.fiber? || last.alive?

        @threads[Thread.current].delete(strand.id)
        [@strands.delete(strand.id)].compact
      end

      # JRuby's WeakMap takes no numbers; there a fiber is kept.
      def make_ids
        RUBY_ENGINE == "jruby" ? {}.compare_by_identity : ObjectSpace::WeakMap.new
      end

      def make(fiber)
        strand = Strand.new(@count, is_fiber: @threads.key?(Thread.current))
        (@threads[Thread.current] ||= {})[@count] = true
        @strands[@count] = strand
        @ids[fiber] = @count
        @count += 1
        strand
      end

      # Fibers that have ended, or that the GC has taken.
      def purge
        alive = {}
        @ids.each_pair { |fiber, id| alive[id] = true if fiber.alive? }
        over = @strands.each_value.select { |strand| strand.fiber? && !alive.key?(strand.id) }
        over.each { |strand| @strands.delete(strand.id) }
        @threads.each_value { |ids| over.each { |strand| ids.delete(strand.id) } }
        @strand_limit = @strands.size * 2
        over
      end
    end
  end
end
