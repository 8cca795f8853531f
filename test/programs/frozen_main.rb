# The main object and $stdout frozen, ENV cleared, directory changed.
freeze
ENV.clear
Dir.chdir("/")
puts Dir.pwd, frozen?, ENV.size
p self
