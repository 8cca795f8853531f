# SystemStackError: hundreds of frames go without a return each.
# environment: RUBY_THREAD_VM_STACK_SIZE=49152
# golden: none (the depth is the machine's)
def deep(n)
  deep(n + 1)
end

def survivor
  deep(0)
rescue SystemStackError => e
  e.class
end

p survivor
p survivor
puts "still here"
